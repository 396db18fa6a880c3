namespace SecKill.Grains.Recovery;

/// <summary>
/// Rebuilds one coupon's stock in Redis from the ledger and from what survived in Redis:
/// <list type="number">
/// <item>close the coupon, so that nothing is sold or relayed; unless the ledger has more claims than units;</item>
/// <item>begin a new epoch in the ledger, so that no relay still under way can commit;</item>
/// <item>returned = ledger ∪ those whom Redis counts as returned, which the ledger gets back, and then later terms;</item>
/// <item>owners = ledger without returned ∪ surviving owners ∪ outbox ∪ unpersisted claims of this silo; owners in neither ledger nor outbox re-enter it;</item>
/// <item>left = amount − owners; open under the server's present incarnation.</item>
/// </list>
/// All in bounded steps; each checks that no other reconciler has taken over and that the server is still the same.
/// After a crash the coupon stays closed until the lease ends or Redis dies; the next reconciler starts over. <c>remembered</c> are the
/// unpersisted claims of this silo, <c>rememberedWaits</c> its unpersisted joins and leaves of the waiting list, <c>seen</c> is the latest epoch known to it, and <c>latches</c> are the edges of the window that it was
/// told of under a version of the terms; open.lua adds those that survived in Redis.
/// </summary>
internal sealed partial class Reconciler(
    StockServer server, ILedger ledger, CouponId id, IReadOnlyList<OutboxEntry> remembered, TimeProvider time, ILogger<Reconciler> logger, long seen = -1,
    (long Version, WindowLatches Seen) latches = default, IReadOnlyList<WaitEntry>? rememberedWaits = null)
{
    private const int NamesLogged = 20;
    private const int Page = 20_000;
    private const int MaxReadings = 3;

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);

    /// <returns>The new stock; null if neither the ledger nor Redis knows the coupon.</returns>
    /// <exception cref="UnavailableException">
    /// Redis or SQL does not answer, Redis was replaced meanwhile, another silo is reconciling, or the ledger must be repaired first.
    /// </exception>
    public async Task<RebuiltStock?> RunAsync()
    {
        var scripts = await server.RefreshScriptsAsync(_keys[0]);
        var row = await ledger.FindAsync(id, countsClaims: true);
        if (row is null && !await server.ExistsAsync(_keys[0]))
            return null;
        // Before it is closed: as long as Redis is the same it goes on being read, and refuses what is claimed.
        if (row is not null && row.Kept > row.Terms.Amount)
            throw Unrebuildable.TooManyClaims(row);
        var lease = new RebuildLease(server, scripts, id);
        var epoch = await lease.TakeAsync();
        try
        {
            // Again, where the coupon was stopped at a later version of its terms than was read.
            for (var attempt = 1; attempt <= MaxReadings; attempt++)
            {
                if (await RebuildAsync(scripts, lease, Math.Max(seen, epoch)) is { } rebuilt)
                    return rebuilt;
            }
            throw Unrebuildable.VersionBehind(id);
        }
        catch (UnavailableException)
        {
            await lease.ReleaseAsync();
            throw;
        }
    }

    /// <returns>Null if Redis was stopped at later terms than were read.</returns>
    private async Task<RebuiltStock?> RebuildAsync(ScriptSet scripts, RebuildLease lease, long latest)
    {
        var coupon = await ledger.BeginEpochAsync(id, latest) ?? throw Unrebuildable.NotInLedger(id);
        var terms = await TermsInRedis.ReadAsync(server, _keys[0]);
        var gaveBack = await ReadSurvivorsAsync(lease, _keys[3]);
        // Spares most coupons the reading of their owners; of others the ledger may lack returns, without which no terms can be put back.
        if (gaveBack.Count == 0 && terms.AreStoppedAfter(terms.AreLaterThan(coupon) ? coupon with { Version = terms.Version } : coupon))
            return null;
        // Of returned ones too: such a name is not queued again, wherever it survived.
        var (inLedger, returned) = await ReadLedgerOwnersAsync(lease, coupon);
        if (inLedger.Count != coupon.Drained)
            throw new UnavailableException($"The ledger's claims of {id.Key} changed while they were read.");
        var survivors = await ReadSurvivorsAsync(lease, _keys[1]);
        // The ledger had each of these before Redis was told; unless they are of another coupon of that name.
        if (terms.Identity == coupon.Key.Identity && gaveBack.Where(user => !returned.Contains(user)).ToList() is { Count: > 0 } lost)
        {
            coupon = await ledger.PutBackReturnsAsync(coupon.Key, coupon.Epoch, lost) ?? throw new UnavailableException($"The ledger's claims of {id.Key} changed while they were read.");
            // Redemptions of theirs since the ledger fell back were taken back.
            (inLedger, returned) = await ReadLedgerOwnersAsync(lease, coupon);
            LogReturnsPutBack(id.Key, lost.Count);
        }
        // After the returns, which may have left room for a lower amount.
        coupon = WithLatches(await WithTermsOfRedisAsync(coupon, terms));
        // Asked again when it is opened. Now, because what follows may drop owners for whom later terms have room.
        if (terms.AreStoppedAfter(coupon))
            return null;
        var outbox = await ReadOutboxAsync(lease, inLedger);

        // These were confirmed, unlike some that are in the outbox only: so they come first if there is not room for all.
        var confirmed = remembered.Where(entry => !inLedger.Contains(entry.User)).DistinctBy(entry => entry.User).ToList();
        var inOutbox = confirmed.Select(entry => entry.User).ToHashSet();
        var restored = confirmed.Count - outbox.Count(entry => inOutbox.Contains(entry.User));
        outbox = [.. confirmed, .. outbox.Where(entry => inOutbox.Add(entry.User))];
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        // Not of those who gave back: either the ledger has their claims by now, or it was another coupon's unit.
        var requeued = survivors.Where(user => !inLedger.Contains(user) && inOutbox.Add(user)).Select(user => new OutboxEntry(now, user)).ToList();
        outbox.AddRange(requeued);

        // Redis may have more owners than units: if it was rolled back to before claims relayed since, or if it knows an earlier
        // coupon of that name that the ledger has lost.
        var room = coupon.Terms.Amount - (inLedger.Count - returned.Count);
        var dropped = outbox.Skip(room).Select(entry => entry.User).ToList();
        if (dropped.Count > 0)
        {
            var ofMemory = Math.Max(0, confirmed.Count - room);
            var ofRest = Math.Min(requeued.Count, dropped.Count);
            LogDropped(
                id.Key, dropped.Count, ofMemory, dropped.Count - ofMemory - ofRest, ofRest,
                string.Join(", ", dropped.Take(NamesLogged).Select(Uri.EscapeDataString)), dropped.Count > NamesLogged ? ", …" : "");
            await DropAsync(lease, dropped);
            outbox.RemoveRange(room, dropped.Count);
        }

        var owners = new HashSet<string>(inLedger);
        owners.ExceptWith(returned);
        owners.UnionWith(outbox.Select(entry => entry.User));
        await lease.StepAsync("reset", []);
        await lease.StepsAsync("remove", survivors.Where(user => !owners.Contains(user)));
        await lease.StepsAsync("add", owners.Where(user => !survivors.Contains(user)));
        // Another coupon's marks must not hide this one from those who win it.
        foreach (var step in gaveBack.Where(user => !inLedger.Contains(user)).Chunk(RebuildLease.StepSize))
        {
            await lease.RenewAsync();
            await server.Lists.RemoveAsync(id, step);
        }
        await lease.StepsAsync("drop", gaveBack.Where(user => !returned.Contains(user)));
        // A return may have broken off before its owner's list was told. Before the set has the name: if this one dies, the next
        // reconciler marks the list of each whom the set lacks.
        foreach (var step in returned.Where(user => !gaveBack.Contains(user)).Select(user => ListEntry.OfReturned(id, user)).Chunk(RebuildLease.StepSize))
        {
            await server.Lists.AddAsync(step);
            await lease.RenewAsync();
        }
        await lease.StepsAsync("take", returned.Where(user => !gaveBack.Contains(user)));
        await lease.StepsAsync("append", outbox.Select(entry => entry.ToString()));

        var isOfRow = terms.Identity is null || terms.Identity == coupon.Key.Identity;
        var line = coupon.Terms.Waitlist > 0 ? await RebuildLineAsync(lease, coupon, isOfRow, user => owners.Contains(user) || inLedger.Contains(user)) : null;

        // Claims that the ledger does not have yet must show in their owners' lists, and a coupon in its seller's list.
        foreach (var step in outbox.Select(entry => ListEntry.OfOwner(id, entry)).Prepend(ListEntry.OfSeller(coupon)).Chunk(RebuildLease.StepSize))
        {
            await server.Lists.AddAsync(step);
            await lease.RenewAsync();
        }

        var opened = await new CouponStock(server, id).OpenAsync(scripts, lease.Token, coupon, owners.Count, outbox.Count, returned.Count, line);
        if (opened == OpenResult.BelowFloor)
            return null;
        if (opened != OpenResult.Opened)
            throw new UnavailableException($"Coupon {id.Key} changed while it was reconciled.");
        // At a restart each coupon is rebuilt; only what Redis had lost is news.
        LogReconciled(restored + requeued.Count > 0 ? LogLevel.Information : LogLevel.Debug, id.Key, coupon.Epoch, inLedger.Count, survivors.Count, requeued.Count, restored, outbox.Count, coupon.Terms.Amount - owners.Count);
        return new RebuiltStock(coupon.Epoch, coupon.Drained, owners.Count + returned.Count, outbox, dropped.Count, line);
    }

    /// <summary>Puts back terms of a later version, which Redis has and a ledger that fell back has lost.</summary>
    private async Task<LedgerCoupon> WithTermsOfRedisAsync(LedgerCoupon coupon, TermsInRedis found)
    {
        if (!found.AreLaterThan(coupon))
            return coupon;
        await ledger.PutBackTermsAsync(coupon.Key, found.Version, found.Terms!);
        var row = await ledger.FindAsync(id) ?? throw Unrebuildable.NotInLedger(id);
        // Under terms of before it would sell what its seller took from sale.
        return found.AreLaterThan(row) ? throw Unrebuildable.TermsTooLow(row, found) : row;
    }

    /// <summary>With the edges that this silo was told of and the ledger does not have yet.</summary>
    private LedgerCoupon WithLatches(LedgerCoupon coupon)
    {
        if (latches.Version != coupon.Version)
            return coupon;
        var known = coupon.Latches.Or(latches.Seen);
        return coupon with { OpenedAt = known.OpenedAt, EndedAt = known.EndedAt };
    }

    /// <summary>
    /// Removes the coupon from the lists of users without a unit. Before they leave the owners set, so that the next reconciler finds
    /// them if this one dies; and while the coupon is closed, so that they cannot claim it meanwhile.
    /// </summary>
    private async Task DropAsync(RebuildLease lease, List<string> users)
    {
        SiloMetrics.WinsLost.Add(WinLoss.Overclaimed, users.Count);
        foreach (var step in users.Chunk(RebuildLease.StepSize))
        {
            await lease.RenewAsync();
            await server.Lists.RemoveAsync(id, step);
        }
    }

    /// <returns>The customers of all claims in the ledger, and those of them who returned their unit.</returns>
    private async Task<(HashSet<string> All, HashSet<string> Returned)> ReadLedgerOwnersAsync(RebuildLease lease, LedgerCoupon coupon)
    {
        var (all, returned) = (new HashSet<string>(), new HashSet<string>());
        var after = "";
        while (await ledger.OwnersAsync(coupon.Key, after, Page) is { Count: > 0 } page)
        {
            all.UnionWith(page.Select(owner => owner.User));
            returned.UnionWith(page.Where(owner => owner.IsReturned).Select(owner => owner.User));
            after = page[^1].User;
            await lease.RenewAsync();
        }
        return (all, returned);
    }

    private Task<HashSet<string>> ReadSurvivorsAsync(RebuildLease lease, RedisKey set) => StockServer.Guard(async () =>
    {
        var survivors = new HashSet<string>();
        await foreach (var user in server.Database.SetScanAsync(set, pageSize: RebuildLease.StepSize, flags: CommandFlags.DemandMaster))
        {
            survivors.Add((string)user!);
            if (survivors.Count % Page == 0)
                await lease.RenewAsync();
        }
        return survivors;
    });

    /// <summary>The surviving outbox without what the ledger has already.</summary>
    private Task<List<OutboxEntry>> ReadOutboxAsync(RebuildLease lease, HashSet<string> inLedger) => StockServer.Guard(async () =>
    {
        var outbox = new List<OutboxEntry>();
        var seen = new HashSet<string>();
        for (long first = 0; ; first += Page)
        {
            var texts = await server.Database.ListRangeAsync(_keys[2], first, first + Page - 1, CommandFlags.DemandMaster);
            if (texts.Length == 0)
                return outbox;
            foreach (var text in texts)
            {
                // What is no entry, written by hand, must not keep the coupon closed for ever; its owner, if any, enters the outbox again.
                if (OutboxEntry.TryParse((string)text!, out var entry) && !inLedger.Contains(entry.User) && seen.Add(entry.User))
                    outbox.Add(entry);
            }
            await lease.RenewAsync();
        }
    });

    [LoggerMessage(EventId = EventIds.CouponReconciled,
        Message = "Coupon {Coupon} reconciled, epoch {Epoch}: {Ledger} owners in the ledger, {Survivors} in Redis, {Requeued} queued again, {Restored} from memory, {Queued} to drain, {Left} left.")]
    private partial void LogReconciled(LogLevel level, string coupon, long epoch, int ledger, int survivors, int requeued, int restored, int queued, int left);

    [LoggerMessage(EventIds.ReturnsPutBack, LogLevel.Error, "Coupon {Coupon}: the ledger had lost {Count} returns that Redis knows; it has fallen back. They are in it again.")]
    private partial void LogReturnsPutBack(string coupon, int count);

    [LoggerMessage(EventIds.WinnersDropped, LogLevel.Critical,
        "Coupon {Coupon}: {Count} winners are dropped, for whom there is no unit beside the ledger's claims: {Remembered} of those remembered by this silo, {Queued} of the queue, {Survivors} other owners in Redis. They are {Names}{More}.")]
    private partial void LogDropped(string coupon, int count, int remembered, int queued, int survivors, string names, string more);
}

/// <summary>Stock as the <see cref="Reconciler"/> has opened it.</summary>
/// <param name="Epoch">The epoch that began with it.</param>
/// <param name="Drained">How many claims the ledger had: the position of the outbox's first entry.</param>
/// <param name="Positions">How many claims have ever entered the outbox: owners and returned, in the ledger and in the outbox.</param>
/// <param name="Outbox">Claims that the ledger does not have yet.</param>
/// <param name="Dropped">How many had won and are no owners any more.</param>
/// <param name="Line">The waiting list; null for a coupon that has none.</param>
internal sealed record RebuiltStock(long Epoch, long Drained, int Positions, IReadOnlyList<OutboxEntry> Outbox, int Dropped = 0, RebuiltLine? Line = null);
