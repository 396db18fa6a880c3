namespace SecKill.Tests.Integration.Stock;

/// <summary>Takes each step on a server and in the model, and compares answers and keys after each.</summary>
internal sealed class StockRun(StockSite site, StockProbe probe, int amount)
{
    // Less than the longest that is believed: a clock set back by a microsecond must not make it longer.
    private static readonly RedisValue _lease = 50_000_000;
    private readonly StockModel _model = new()
    {
        Hash = new StockModel.Fields { Verified = true, Amount = amount, Left = amount, Base = 0, Epoch = 0 },
    };

    private int _amount = amount;

    public StockModel Model => _model;

    public async Task StepAsync(StockStep step)
    {
        await (step switch
        {
            StockStep.Claim claim => ClaimAsync(Named(claim.Users)),
            StockStep.Drain drain => DrainAsync(drain),
            StockStep.Delete delete => DeleteAsync(delete.Key),
            StockStep.FlushAll => FlushAllAsync(),
            StockStep.Torn torn => TearAsync(torn.Writes, Named(torn.Users)),
            StockStep.Close close => CloseAsync($"token-{close.Token}"),
            StockStep.LeaseEnds => EndLeaseAsync(),
            StockStep.Restore restore => RestoreAsync($"token-{restore.Token}", restore.Action, Named(restore.Users)),
            StockStep.Open open => OpenAsync($"token-{open.Token}", open.CountOff, open.VersionOff),
            StockStep.Apply apply => ApplyAsync(apply),
            StockStep.Hold hold => HoldAsync(hold.Units),
            StockStep.SetEdges edges => SetEdgesAsync(edges),
            StockStep.SetPaused paused => SetPausedAsync(paused.IsPaused),
            StockStep.Return one => ReturnAsync($"user:{one.User}"),
            StockStep.Repair repair => RepairAsync($"token-{repair.Token}"),
            _ => throw new ArgumentException($"{step}", nameof(step)),
        });
        await CompareAsync();
        // The quiet time passes.
        await site.Database.HashDeleteAsync(probe.Hash, "from");
    }

    private static string[] Named(int[] users) => Array.ConvertAll(users, user => $"user:{user}");

    private async Task ClaimAsync(string[] users)
    {
        var (state, position) = (_model.State, _model.Positions);
        var expected = _model.Claim(users);
        var decision = await probe.Stock.ClaimAsync(users);
        Assert.Equal(state, decision.State);
        if (expected is null)
            return;
        Assert.Equal(expected, decision.Outcomes);
        Assert.Equal((_model.Hash!.Left, position, _model.Hash.Epoch), (decision.Left, decision.FirstPosition, decision.Epoch));
        Assert.Equal(_model.Judge() ?? (_model.Hash.Left == 0 ? ClaimOutcome.SoldOut : null), decision.Refusal);
        Assert.Equal(_model.Hash.Version, decision.Terms?.Version);
        if (decision.Terms is { } terms)
            Assert.Equal((_model.Hash.Opened, _model.Hash.Ended), (terms.Latches.OpenedAt is not null, terms.Latches.EndedAt is not null));
    }

    private async Task DrainAsync(StockStep.Drain drain)
    {
        var head = await probe.Stock.PeekAsync(Math.Max(1, drain.Count));
        Assert.Equal(_model.State, head.State);
        if (head.State == StockState.Verified)
        {
            Assert.Equal((_model.Hash!.Base, _model.Hash.Epoch), (head.Position, head.Epoch));
            Assert.Equal(_model.Queue.Take(Math.Max(1, drain.Count)), head.Entries.Select(entry => entry.User));
        }
        var (epoch, position) = ((_model.Hash?.Epoch ?? 0) + drain.EpochOff, (_model.Hash?.Base ?? 0) + drain.PositionOff);
        var count = Math.Min(drain.Count, _model.Queue.Count);
        Assert.Equal(_model.Acknowledge(epoch, position, count), await probe.Stock.AcknowledgeAsync(epoch, position, count));
    }

    private async Task DeleteAsync(int key)
    {
        _model.Delete(key);
        await site.Database.KeyDeleteAsync(probe.Keys[key]);
    }

    private async Task FlushAllAsync()
    {
        for (var key = 0; key < probe.Keys.Length; key++)
            _model.Delete(key);
        await site.FlushAllAsync();
    }

    private async Task TearAsync(int writes, string[] users)
    {
        // The script applies only to verified stock with units for its winners. Torn before those, it has latched, which is all its work.
        if (_model.State != StockState.Verified)
            return;
        var refusal = _model.Judge();
        await LatchAsync();
        if (refusal is not null)
            return;
        string[] winners = [.. users.Distinct().Where(user => !_model.Owners.Contains(user)).Take(_model.Hash?.Left ?? 0)];
        if (winners.Length == 0)
            return;
        _model.Hash!.Left -= winners.Length;
        if (writes > 1)
            _model.Owners.UnionWith(winners);
        if (writes > 2)
            _model.Queue.AddRange(winners);
        await probe.TearAsync(writes, winners);
    }

    private async Task<bool> CloseAsync(string token)
    {
        var expected = _model.Close(token);
        Assert.Equal(expected, await EvaluateAsync(Script.Close, probe.Keys[..StockKeys.Fenced], token, _lease));
        return expected;
    }

    private async Task EndLeaseAsync()
    {
        if (_model.Hash is not { Closed: true } hash)
            return;
        hash.Closed = false;
        await probe.ExpireLeaseAsync();
    }

    private async Task RestoreAsync(string token, string action, string[] users)
    {
        string[] values = action is "reset" or "renew" ? [] : users;
        var texts = values.Select(user => (RedisValue)(action == "append" ? new OutboxEntry(1, user).ToString() : user));
        Assert.Equal(
            _model.Restore(token, action, values), await EvaluateAsync(Script.Restore, probe.Keys, [token, _lease, action, .. texts]));
    }

    private async Task<OpenResult> OpenAsync(string token, int countOff, int versionOff)
    {
        var (owners, queued, returned, epoch) = (_model.Owners.Count + countOff, _model.Next.Count, _model.Returned.Count, (_model.Hash?.Epoch ?? 0) + 1);
        var (drained, version) = (owners + returned - queued, Math.Max(0, Math.Max(_model.Hash?.Version ?? 0, _model.Hash?.Floor ?? 0) + versionOff));
        // As the ledger has them, without latches.
        RedisValue[] terms =
        [
            .. _model.Hash?.Starts is { } starts ? ["starts", MicrosOf(starts)] : Array.Empty<RedisValue>(),
            .. _model.Hash?.Ends is { } ends ? ["ends", MicrosOf(ends)] : Array.Empty<RedisValue>(),
            .. _model.Hash?.IsPaused == true ? ["paused", 1] : Array.Empty<RedisValue>(),
        ];
        var expected = _model.Open(token, epoch, _amount, drained, owners, queued, returned, version);
        Assert.Equal((int)expected, (int)(await site.Server.EvaluateAsync(
            Script.Open, probe.Keys, [token, 1, 1, epoch, _amount, drained, 5, "", owners, queued, returned, version, .. terms]))[0]);
        return expected;
    }

    private async Task ApplyAsync(StockStep.Apply apply)
    {
        var version = Math.Max(0, Math.Max(_model.Hash?.Version ?? 0, _model.Hash?.Floor ?? 0) + apply.VersionOff);
        var terms = Math.Max(1, _amount + apply.AmountOff);
        var row = probe.Row(terms) with { Version = version };
        var expected = _model.Apply(version, terms, apply.Stops);
        Assert.Equal(expected, (await probe.Stock.ApplyAsync(row, apply.Stops)).Result);
        if (expected == ApplyResult.Applied)
            _amount = terms;
    }

    private async Task HoldAsync(int units)
    {
        if (!_model.Hold(units))
            return;
        await site.Database.HashIncrementAsync(probe.Hash, "left", -units);
        await site.Database.HashIncrementAsync(probe.Hash, "held", units);
        await site.Database.HashSetAsync(probe.Hash, "version", _model.Hash!.Version);
    }

    private async Task SetEdgesAsync(StockStep.SetEdges edges)
    {
        if (_model.SetEdges(edges.Starts, edges.Ends))
            await site.Database.HashSetAsync(probe.Hash, [new("version", _model.Hash!.Version), new("starts", MicrosOf(edges.Starts)), new("ends", MicrosOf(edges.Ends))]);
    }

    private async Task SetPausedAsync(bool isPaused)
    {
        if (_model.SetPaused(isPaused))
            await site.Database.HashSetAsync(probe.Hash, [new("version", _model.Hash!.Version), new("paused", isPaused ? "1" : "")]);
    }

    /// <summary>What the first write of a claim leaves.</summary>
    private async Task LatchAsync()
    {
        if (_model.Hash!.Opened)
            await site.Database.HashSetAsync(probe.Hash, "opened", 7, When.NotExists);
        if (_model.Hash.Ended)
            await site.Database.HashSetAsync(probe.Hash, "ended", 7, When.NotExists);
    }

    // Empty: taken away.
    private static RedisValue MicrosOf(StockModel.Edge? edge) => edge switch
    {
        StockModel.Edge.Past => 1_000_000,
        StockModel.Edge.Future => 4_000_000_000_000_000,
        _ => "",
    };

    private async Task ReturnAsync(string user)
    {
        if (!_model.Return(user))
            return;
        await site.Database.SetAddAsync(probe.Returned, user);
        await site.Database.SetRemoveAsync(probe.Owners, user);
        await site.Database.HashIncrementAsync(probe.Hash, "left");
        await site.Database.HashSetAsync(probe.Hash, [new("version", _model.Hash!.Version), new("returns", 1)]);
    }

    private async Task RepairAsync(string token)
    {
        if (!await CloseAsync(token))
            return;
        string[] queue = [.. _model.Queue.Where(_model.Owners.Contains).Distinct()];
        await RestoreAsync(token, "reset", []);
        // More owners than units, from an earlier bad restore. Drop some, those in the outbox last.
        string[] surplus = [.. _model.Owners.Order().OrderBy(queue.Contains).Take(Math.Max(0, _model.Owners.Count - _amount))];
        if (surplus.Length > 0)
            await RestoreAsync(token, "remove", surplus);
        queue = [.. queue.Except(surplus)];
        if (queue.Length > 0)
            await RestoreAsync(token, "append", queue);
        Assert.Equal(OpenResult.Opened, await OpenAsync(token, 0, 0));
        Assert.Equal(StockState.Verified, _model.State);
    }

    private async Task<bool> EvaluateAsync(Script script, RedisKey[] keys, params RedisValue[] arguments) =>
        (int)(await site.Server.EvaluateAsync(script, keys, arguments))[0] == 1;

    private async Task CompareAsync()
    {
        var owners = await probe.OwnersAsync();
        Assert.Equal(_model.Owners.Order(), owners.Order());
        Assert.Equal(_model.Queue, await probe.QueueAsync());
        Assert.Equal(_model.State, await probe.StateAsync());
        if (_model.State != StockState.Verified)
            return;
        var (left, drained) = (await probe.FieldAsync("left"), await probe.FieldAsync("base"));
        Assert.Equal((_model.Hash!.Left, _model.Hash.Base), (left, drained));
        var held = _model.Hash.Version is null ? 0 : await probe.FieldAsync("held") ?? 0;
        Assert.Equal(_model.Hash.Version, await probe.FieldAsync("version"));
        Assert.Equal((_model.Hash.Opened, _model.Hash.Ended), (await probe.FieldAsync("opened") is not null, await probe.FieldAsync("ended") is not null));
        Assert.Equal(_amount, left + held + owners.Count);
        Assert.Equal(_model.Positions, drained + _model.Queue.Count);
        Assert.Equal(_model.Hash.Epoch.ToString(CultureInfo.InvariantCulture), await site.Database.HashGetAsync(probe.Hash, "epoch"));
    }
}
