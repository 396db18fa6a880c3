namespace SecKill.Tests.Integration.Stock;

/// <summary>Takes each step on a server and in the model, and compares answers and keys after each.</summary>
internal sealed class StockRun(StockSite site, StockProbe probe, int amount, int waitlist = 0)
{
    // Less than the longest that is believed: a clock set back by a microsecond must not make it longer.
    private static readonly RedisValue _lease = 50_000_000;
    private readonly StockModel _model = new()
    {
        Hash = new StockModel.Fields
        {
            Verified = true,
            Amount = amount,
            Left = amount,
            Base = 0,
            Epoch = 0,
            Version = waitlist > 0 ? 1 : null,
            Waitlist = waitlist > 0 ? waitlist : null,
        },
    };

    // Higher than those that the scripts have given.
    private long _serial;

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
            StockStep.Join join => JoinAsync(Named(join.Users)),
            StockStep.Leave leave => LeaveAsync(Named(leave.Users)),
            StockStep.Serve => ServeAsync(),
            StockStep.DrainLog drain => DrainLogAsync(drain),
            StockStep.TornJoin torn => TearJoinAsync(torn.Writes, Named(torn.Users)),
            StockStep.TornLeave torn => TearLeaveAsync(torn.Writes, torn.Count),
            StockStep.TornServe torn => TearServeAsync(torn.Writes),
            StockStep.TornReturn torn => TearReturnAsync(torn.Writes, Named(torn.Users)),
            StockStep.AllowReturns => AllowReturnsAsync(),
            StockStep.GiveBack giving => GiveBackAsync(Named(giving.Users)),
            StockStep.Repair repair => RepairAsync($"token-{repair.Token}"),
            _ => throw new ArgumentException($"{step}", nameof(step)),
        });
        await CompareAsync();
        // Whether there is a waiting list, as an activation reads it.
        await probe.Stock.ReadAsync();
        // The quiet times pass.
        await site.Database.HashDeleteAsync(probe.Hash, ["from", "room"]);
    }

    private static string[] Named(int[] users) => Array.ConvertAll(users, user => $"user:{user}");

    private async Task ClaimAsync(string[] users)
    {
        var state = _model.State;
        var expected = _model.Claim(users);
        var decision = await probe.Stock.ClaimAsync(users);
        Assert.Equal(state, decision.State);
        if (expected is null)
            return;
        Assert.Equal(expected, decision.Outcomes);
        if (_model.Hash!.Waitlist is not null && _model.Line.Count > 0)
            Assert.DoesNotContain(ClaimOutcome.Claimed, decision.Outcomes);
        var position = _model.Positions - expected.Count(outcome => outcome == ClaimOutcome.Claimed);
        Assert.Equal((_model.Hash.Left, position, _model.Hash.Epoch), (decision.Left, decision.FirstPosition, decision.Epoch));
        Assert.Equal(_model.Hash.Waitlist is not null, decision.Terms?.Line is not null);
        if (decision.Terms?.Line is { } line)
        {
            Assert.Equal((_model.Line.Count, _model.Hash.Joins), (line.Waiting, line.Joins));
            Assert.Equal(users.Where((_, i) => expected[i] == ClaimOutcome.Waiting).Select(user => _model.Line.IndexOf(user) + 1L), line.Places);
        }
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
        // Where customers wait, it serves first: see TearServeAsync.
        if (refusal is not null || (_model.Hash!.Waitlist is not null && _model.Line.Count > 0))
            return;
        string[] winners = [.. users.Distinct().Where(user => !_model.Owners.Contains(user) && !(_model.TakesReturns && _model.Returned.Contains(user))).Take(_model.Hash?.Left ?? 0)];
        if (winners.Length == 0)
            return;
        _model.Hash!.Left -= winners.Length;
        if (writes > 1)
            _model.Owners.UnionWith(winners);
        if (writes > 2)
            _model.Queue.AddRange(winners);
        Assert.Equal(writes < 3, await probe.TearAsync(writes, users));
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
        // No reconciler puts an owner in line.
        string[] values = action switch
        {
            "reset" or "renew" => [],
            "wait" => [.. users.Distinct().Where(user => !_model.Owners.Contains(user) && !_model.Returned.Contains(user))],
            "add" or "take" => [.. users.Where(user => !_model.Line.Contains(user))],
            _ => users,
        };
        if (values.Length == 0 && action is "wait" or "add" or "take")
            return;
        var texts = values.SelectMany(user => action switch
        {
            "append" => [(RedisValue)new OutboxEntry(1, user).ToString()],
            "wait" => [_serial += 1_000, user],
            "log" => [new WaitEntry(true, 1, _serial, user).ToString()],
            _ => new RedisValue[] { user },
        }).ToList();
        Assert.Equal(
            _model.Restore(token, action, values), await EvaluateAsync(Script.Restore, probe.Keys, [token, _lease, action, .. texts]));
    }

    private async Task<OpenResult> OpenAsync(string token, int countOff, int versionOff)
    {
        string[] inside = [.. _model.Line.Where(user => _model.Owners.Contains(user) || _model.Returned.Contains(user))];
        if (inside.Length > 0)
            await RestoreAsync(token, "unwait", inside);
        var waits = _model.Line.Count + countOff;
        var (joins, leaves) = ((_model.Hash?.Joins ?? 0) + _model.NextLog.Count, _model.Hash?.Leaves ?? 0);
        var (owners, queued, returned, epoch) = (_model.Owners.Count + countOff, _model.Next.Count, _model.Returned.Count, (_model.Hash?.Epoch ?? 0) + 1);
        var (drained, version) = (owners + returned - queued, Math.Max(0, Math.Max(_model.Hash?.Version ?? 0, _model.Hash?.Floor ?? 0) + versionOff));
        // As the ledger has them, without latches.
        RedisValue[] terms =
        [
            .. _model.Hash?.Starts is { } starts ? ["starts", MicrosOf(starts)] : Array.Empty<RedisValue>(),
            .. _model.Hash?.Ends is { } ends ? ["ends", MicrosOf(ends)] : Array.Empty<RedisValue>(),
            .. _model.Hash?.IsPaused == true ? ["paused", 1] : Array.Empty<RedisValue>(),
            .. _model.Hash?.Waitlist is { } most
                ? ["waitlist", most, "joins", joins, "leaves", leaves, "served", joins - leaves - waits, "waitbase", _model.Hash.Joins + leaves, "serial", _serial += 1_000]
                : Array.Empty<RedisValue>(),
            .. _model.Hash?.Returns == true ? ["returns", 1] : Array.Empty<RedisValue>(),
        ];
        var expected = _model.Open(token, epoch, _amount, drained, owners, queued, returned, version, waits);
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
        if (_model.Hash!.Opened && await probe.FieldAsync("opened") is null)
            await site.Database.HashSetAsync(probe.Hash, "opened", 7);
        if (_model.Hash.Ended && await probe.FieldAsync("ended") is null)
            await site.Database.HashSetAsync(probe.Hash, "ended", 7);
    }

    // Empty: taken away.
    private static RedisValue MicrosOf(StockModel.Edge? edge) => edge switch
    {
        StockModel.Edge.Past => 1_000_000,
        StockModel.Edge.Future => 4_000_000_000_000_000,
        _ => "",
    };

    private async Task AllowReturnsAsync()
    {
        if (_model.AllowReturns())
            await site.Database.HashSetAsync(probe.Hash, [new("version", _model.Hash!.Version), new("returns", 1)]);
    }

    private async Task GiveBackAsync(string[] users)
    {
        var (wasSoldOut, expected) = (_model.Hash?.Left == 0, _model.GiveBack(users));
        var given = await probe.Stock.GiveBackAsync(new LedgerKey(1, 1), _model.Hash?.Epoch ?? 0, users);
        Assert.Equal(expected ?? [], given.Results);
        if (expected is null)
            return;
        Assert.Equal((StockState.Verified, _model.Hash!.Left, _model.Returned.Count), (given.State, given.Left, given.Returned));
        // Leases of the time without units may still be out.
        Assert.Equal(wasSoldOut && expected.Contains(GiveBackResult.Done), await site.Database.HashExistsAsync(probe.Hash, "from"));
    }

    private async Task TearReturnAsync(int writes, string[] users)
    {
        if (_model.State != StockState.Verified || !_model.TakesReturns)
            return;
        string[] owners = [.. users.Distinct().Where(_model.Owners.Contains)];
        if (owners.Length == 0)
            return;
        // Damage may have put a name into both sets; then nothing is left to tear.
        if (owners.Any(_model.Returned.Contains))
            return;
        _model.Returned.UnionWith(owners);
        if (writes > 1)
            _model.Owners.ExceptWith(owners);
        if (writes > 2)
            _model.Hash!.Left += owners.Length;
        Assert.Equal(writes < 3, await probe.TearReturnAsync(writes, _model.Hash!.Epoch, owners));
        Assert.Equal(writes > 2 ? StockState.Verified : StockState.Unverified, _model.State);
    }

    private async Task JoinAsync(string[] users)
    {
        var (state, joins) = (_model.State, _model.Hash?.Joins ?? 0);
        var expected = _model.Join(users);
        var decision = await probe.Stock.JoinAsync(users);
        Assert.Equal(state, decision.State);
        if (expected is null)
            return;
        Assert.Equal(expected, decision.Outcomes);
        // A batch may name a customer twice.
        Assert.Equal(
            users.Select((user, i) => expected[i] is WaitOutcome.Joined or WaitOutcome.Waiting ? _model.Line.IndexOf(user) + 1L : 0), decision.Places);
        Assert.Equal(decision.Places.Select(place => place > 0), decision.Serials.Select(serial => serial > 0));
        if (_model.Hash!.Waitlist is not null)
            Assert.Equal((_model.Hash.Epoch, _model.Line.Count, joins, _model.Positions), (decision.Epoch, decision.Waiting, decision.FirstJoin, decision.Positions));
        var isFull = _model.Line.Count >= _model.Hash.Waitlist && _model.Hash.Left == 0 && _model.Judge() is null or ClaimOutcome.Paused;
        Assert.Equal(isFull, decision.IsFull);
    }

    private async Task LeaveAsync(string[] users)
    {
        var (state, before) = (_model.State, _model.Line.ToList());
        var expected = _model.Leave(users);
        var decision = await probe.Stock.LeaveAsync(users);
        Assert.Equal(state, decision.State);
        if (expected is null)
            return;
        Assert.Equal(expected, decision.Outcomes);
        await CompareRoomAsync(before.Count);
        if (_model.Hash!.Waitlist is not null)
            Assert.Equal(users.Distinct().Count(before.Contains), decision.Serials.Count(serial => serial > 0));
    }

    private async Task ServeAsync()
    {
        var (state, position, waited) = (_model.State, _model.Positions, _model.Line.Count);
        var served = state == StockState.Verified && _model.Hash!.Waitlist is not null && _model.Judge() is null ? _model.Serve(StockModel.MaxServed) : [];
        var found = await probe.Stock.ServeAsync();
        Assert.Equal(state, found.State);
        if (state != StockState.Verified)
            return;
        Assert.Equal(served, found.Users);
        await CompareRoomAsync(waited);
        Assert.Equal((_model.Hash!.Epoch, _model.Hash.Left, position), (found.Epoch, found.Left, found.FirstPosition));
    }

    /// <summary>Leases of the time when the line was full may still be out, so the places of a full line are not given at once.</summary>
    private async Task CompareRoomAsync(int waited) => Assert.Equal(
        _model.Hash!.Waitlist is { } most && waited >= most && _model.Line.Count < waited, await site.Database.HashExistsAsync(probe.Hash, "room"));

    private async Task DrainLogAsync(StockStep.DrainLog drain)
    {
        var head = await probe.Stock.PeekWaitlogAsync(Math.Max(1, drain.Count));
        Assert.Equal(_model.State, head.State);
        var hasLog = _model.Hash?.Waitlist is not null;
        if (head.State == StockState.Verified && hasLog)
        {
            Assert.Equal((_model.Hash!.WaitBase, _model.Hash.Epoch), (head.Position, head.Epoch));
            Assert.Equal(_model.Log.Take(Math.Max(1, drain.Count)), head.Entries.Select(NameOf));
        }
        var (epoch, position) = ((_model.Hash?.Epoch ?? 0) + drain.EpochOff, (_model.Hash?.WaitBase ?? 0) + drain.PositionOff);
        var count = hasLog ? Math.Min(drain.Count, _model.Log.Count) : 0;
        Assert.Equal(_model.AcknowledgeLog(epoch, position, count), await probe.Stock.AcknowledgeWaitlogAsync(epoch, position, count));
    }

    /// <summary>What a torn log leaves of a script that gets so far, or false if it would not write.</summary>
    private async Task<bool> CanTearAsync()
    {
        if (_model.State != StockState.Verified || _model.Hash!.Waitlist is null)
            return false;
        var refusal = _model.Judge();
        await LatchAsync();
        return refusal is null;
    }

    private async Task TearJoinAsync(int writes, string[] users)
    {
        if (!await CanTearAsync() || (_model.Hash!.Left > 0 && _model.Line.Count == 0))
            return;
        string[] joined = [.. users.Distinct()
            .Where(user => !_model.Owners.Contains(user) && !(_model.TakesReturns && _model.Returned.Contains(user)) && !_model.Line.Contains(user))
            .Take(_model.Hash!.Waitlist!.Value - _model.Line.Count)];
        if (joined.Length == 0)
            return;
        _model.Hash.Joins += joined.Length;
        if (writes > 1)
            _model.Line.AddRange(joined);
        if (writes > 2)
            _model.Log.AddRange(joined.Select(user => $"+{user}"));
        Assert.Equal(writes < 3, await probe.TearAsync(Script.Join, writes, StockProbe.NamesOf(users)));
    }

    private async Task TearLeaveAsync(int writes, int count)
    {
        if (!await CanTearAsync() || _model.Line.Count == 0)
            return;
        string[] left = [.. _model.Line.Take(count)];
        _model.Hash!.Leaves += left.Length;
        if (writes > 1)
            _model.Log.AddRange(left.Select(user => $"-{user}"));
        if (writes > 2)
            _model.Line.RemoveAll(left.Contains);
        Assert.Equal(writes < 3, await probe.TearAsync(Script.Leave, writes, StockProbe.NamesOf(left)));
    }

    private async Task TearServeAsync(int writes)
    {
        if (!await CanTearAsync())
            return;
        string[] served = [.. _model.Line.Take(Math.Min(StockModel.MaxServed, _model.Hash!.Left))];
        if (served.Length == 0)
            return;
        (_model.Hash.Left, _model.Hash.Served) = (_model.Hash.Left - served.Length, _model.Hash.Served + served.Length);
        if (writes > 1)
            _model.Owners.UnionWith(served);
        if (writes > 2)
            _model.Queue.AddRange(served);
        if (writes > 3)
            _model.Line.RemoveAll(served.Contains);
        Assert.Equal(writes < 4, await probe.TearAsync(Script.Serve, writes));
    }

    private static string NameOf(WaitEntry entry) => $"{(entry.IsJoin ? '+' : '-')}{entry.User}";

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
        Assert.Equal(_model.Returned.Order(), (await site.Database.SetMembersAsync(probe.Returned)).Select(user => (string)user!).Order());
        Assert.Equal(_model.Queue, await probe.QueueAsync());
        Assert.Equal(_model.Line, await probe.LineAsync());
        Assert.Equal(_model.Log, (await probe.WaitlogAsync()).Select(NameOf));
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
