using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Lists;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;
using StackExchange.Redis;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Rebuilds one coupon's stock in Redis from the ledger and from what survived in Redis:
/// <list type="number">
/// <item>close the coupon, so that nothing is sold and nothing drained; not where the ledger is at fault, which closing would not mend;</item>
/// <item>begin a new epoch in the ledger, so that no drain still under way can commit behind our back;</item>
/// <item>owners = ledger ∪ surviving owners ∪ queue ∪ those whom the activation remembers to have won; whoever is neither in the ledger nor in the queue is queued again;</item>
/// <item>left = amount − owners; open under the server's present incarnation.</item>
/// </list>
/// All in bounded steps, each of which checks that nobody else has taken over and that the server is still the same.
/// Dying in the middle leaves the coupon closed until the lease ends, or Redis dies; the next one starts over.
/// </summary>
/// <param name="server">Redis.</param>
/// <param name="ledger">The record.</param>
/// <param name="lists">Users' lists.</param>
/// <param name="id">The coupon.</param>
/// <param name="remembered">Claims that were answered as won, as far as the activation knows.</param>
/// <param name="logger">For what was found and dropped.</param>
/// <param name="seen">The latest epoch that the activation knows.</param>
internal sealed partial class Reconciler(
    StockServer server, ILedger ledger, ListStore lists, CouponId id, IReadOnlyList<QueueEntry> remembered, ILogger<Reconciler> logger, long seen = -1)
{
    private const int NamesLogged = 20;
    private const int StepSize = 1000;
    private const int OwnersPage = 20_000;
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(10);

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);
    private readonly string _token = Guid.NewGuid().ToString("N");

    private static RedisValue LeaseMicros => (long)_lease.TotalMicroseconds;

    /// <summary>Rebuilds.</summary>
    /// <returns>The new stock, or null where neither the ledger nor Redis knows such a coupon.</returns>
    /// <exception cref="UnavailableException">
    /// Redis or SQL does not answer, Redis was replaced meanwhile, another one is reconciling, or the ledger must be put right first.
    /// </exception>
    public async Task<RebuiltStock?> RunAsync()
    {
        var scripts = await server.RefreshScriptsAsync(_keys[0]);
        var row = await ledger.CountedAsync(id);
        if (row is null && !await server.ExistsAsync(_keys[0]))
            return null;
        // Before it is closed: as long as Redis is the same it goes on being read, and refuses what is claimed.
        if (row is { } counted && counted.Claims > counted.Coupon.Terms.Amount)
            throw Unrebuildable.TooManyClaims(counted);
        var closed = await server.EvaluateAsync(scripts, Script.Close, _keys[..3], _token, LeaseMicros);
        if ((int)closed[0] != 1)
            throw new UnavailableException($"Coupon {id.Key} is being reconciled by another silo.");
        try
        {
            return await RebuildAsync(scripts, Math.Max(seen, CouponStock.Number(closed[1])));
        }
        catch (UnavailableException)
        {
            await ReleaseAsync(scripts);
            throw;
        }
    }

    /// <summary>The coupon in its seller's list.</summary>
    public static ListEntry SellersEntry(LedgerCoupon coupon) => new(coupon.Id.Seller.Value, coupon.Id, coupon.LedgerId);

    private async Task<RebuiltStock> RebuildAsync(ScriptSet scripts, long latest)
    {
        var coupon = await ledger.BeginEpochAsync(id, latest) ?? throw Unrebuildable.NotInLedger(id);
        var inLedger = await ReadLedgerOwnersAsync(scripts, coupon);
        if (inLedger.Count != coupon.Drained)
            throw new UnavailableException($"The ledger's claims of {id.Key} changed while they were read.");
        var survivors = await ReadSurvivorsAsync(scripts);
        var queue = await ReadQueueAsync(scripts, inLedger);

        // Told that they own a piece, unlike some who are in the queue only: so they come first if there is not room for all.
        var told = remembered.Where(entry => !inLedger.Contains(entry.User)).DistinctBy(entry => entry.User).ToList();
        var queued = told.Select(entry => entry.User).ToHashSet();
        var restored = told.Count - queue.Count(entry => queued.Contains(entry.User));
        queue = [.. told, .. queue.Where(entry => queued.Add(entry.User))];
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000;
        var requeued = survivors.Where(user => !inLedger.Contains(user) && queued.Add(user)).Select(user => new QueueEntry(now, user)).ToList();
        queue.AddRange(requeued);

        // A Redis that was rolled back to before claims that others drained since can claim more than there is, and so can one
        // that knows another coupon of that name, which the ledger has lost.
        var room = coupon.Terms.Amount - inLedger.Count;
        var dropped = queue.Skip(room).Select(entry => entry.User).ToList();
        if (dropped.Count > 0)
        {
            var ofMemory = Math.Max(0, told.Count - room);
            var ofRest = Math.Min(requeued.Count, dropped.Count);
            LogDropped(
                id.Key, dropped.Count, ofMemory, dropped.Count - ofMemory - ofRest, ofRest,
                string.Join(", ", dropped.Take(NamesLogged).Select(Uri.EscapeDataString)), dropped.Count > NamesLogged ? ", …" : "");
            await DropAsync(scripts, dropped);
            queue.RemoveRange(room, dropped.Count);
        }

        var owners = new HashSet<string>(inLedger);
        owners.UnionWith(queue.Select(entry => entry.User));
        await StepAsync(scripts, "reset", []);
        await StepsAsync(scripts, "remove", survivors.Where(user => !owners.Contains(user)));
        await StepsAsync(scripts, "add", owners.Where(user => !survivors.Contains(user)));
        await StepsAsync(scripts, "queue", queue.Select(entry => entry.ToString()));

        // Claims that the ledger does not know yet must show in their owners' lists, and a coupon in its seller's list.
        foreach (var step in queue.Select(entry => new ListEntry(entry.User, id, entry.Micros)).Prepend(SellersEntry(coupon)).Chunk(StepSize))
        {
            await lists.AddAsync(step);
            await StepAsync(scripts, "renew", []);
        }

        if (!await new CouponStock(server, id).OpenAsync(scripts, _token, coupon, owners.Count, queue.Count))
            throw new UnavailableException($"Coupon {id.Key} changed while it was reconciled.");
        // At a restart each coupon is rebuilt; only what Redis had lost is news.
        LogReconciled(restored + requeued.Count > 0 ? LogLevel.Information : LogLevel.Debug, id.Key, coupon.Epoch, inLedger.Count, survivors.Count, requeued.Count, restored, queue.Count, coupon.Terms.Amount - owners.Count);
        return new RebuiltStock(coupon.Epoch, coupon.Drained, owners.Count, queue, dropped.Count);
    }

    /// <summary>
    /// Takes the coupon off the lists of those for whom there is no piece. Before they leave the set of owners, so that the next
    /// one finds them again should this one die; and while the coupon is closed, so that none of them claims it meanwhile.
    /// </summary>
    private async Task DropAsync(ScriptSet scripts, List<string> users)
    {
        SiloMetrics.WinsLost.Add(WinLoss.Overclaimed, users.Count);
        foreach (var step in users.Chunk(StepSize))
        {
            await StepAsync(scripts, "renew", []);
            await lists.RemoveAsync(id, step);
        }
    }

    /// <summary>Lets the next one try at once rather than after the lease; the coupon stays closed.</summary>
    private async Task ReleaseAsync(ScriptSet scripts)
    {
        try
        {
            await StepAsync(scripts, "release", []);
        }
        catch (UnavailableException)
        {
            // Then the lease must run out.
        }
    }

    private async Task<HashSet<string>> ReadLedgerOwnersAsync(ScriptSet scripts, LedgerCoupon coupon)
    {
        var owners = new HashSet<string>();
        var after = "";
        while (await ledger.OwnersAsync(coupon.Key, after, OwnersPage) is { Count: > 0 } page)
        {
            owners.UnionWith(page);
            after = page[^1];
            await StepAsync(scripts, "renew", []);
        }
        return owners;
    }

    private Task<HashSet<string>> ReadSurvivorsAsync(ScriptSet scripts) => StockServer.Guard(async () =>
    {
        var survivors = new HashSet<string>();
        await foreach (var user in server.Database.SetScanAsync(_keys[1], pageSize: StepSize, flags: CommandFlags.DemandMaster))
        {
            survivors.Add((string)user!);
            if (survivors.Count % OwnersPage == 0)
                await StepAsync(scripts, "renew", []);
        }
        return survivors;
    });

    /// <summary>The surviving queue without what the ledger has already.</summary>
    private Task<List<QueueEntry>> ReadQueueAsync(ScriptSet scripts, HashSet<string> inLedger) => StockServer.Guard(async () =>
    {
        var queue = new List<QueueEntry>();
        var seen = new HashSet<string>();
        for (long first = 0; ; first += OwnersPage)
        {
            var texts = await server.Database.ListRangeAsync(_keys[2], first, first + OwnersPage - 1, CommandFlags.DemandMaster);
            if (texts.Length == 0)
                return queue;
            foreach (var text in texts)
            {
                // What is no entry, written by hand, must not keep the coupon closed for ever; its owner, if any, is queued again.
                if (QueueEntry.TryParse((string)text!, out var entry) && !inLedger.Contains(entry.User) && seen.Add(entry.User))
                    queue.Add(entry);
            }
            await StepAsync(scripts, "renew", []);
        }
    });

    private async Task StepsAsync(ScriptSet scripts, string action, IEnumerable<string> values)
    {
        foreach (var chunk in values.Chunk(StepSize))
            await StepAsync(scripts, action, chunk);
    }

    private async Task StepAsync(ScriptSet scripts, string action, string[] values)
    {
        RedisValue[] arguments = [_token, LeaseMicros, action, .. values.Select(value => (RedisValue)value)];
        if ((int)(await server.EvaluateAsync(scripts, Script.Restore, _keys, arguments))[0] != 1)
            throw new UnavailableException($"Another silo took over reconciling coupon {id.Key}.");
    }

    [LoggerMessage(
        "Coupon {Coupon} reconciled, epoch {Epoch}: {Ledger} owners in the ledger, {Survivors} in Redis, {Requeued} queued again, {Restored} from memory, {Queued} to drain, {Left} left.")]
    private partial void LogReconciled(LogLevel level, string coupon, long epoch, int ledger, int survivors, int requeued, int restored, int queued, int left);

    [LoggerMessage(LogLevel.Critical,
        "Coupon {Coupon}: {Count} winners are dropped, for whom there is no piece beside the ledger's claims: {Remembered} of those remembered by this silo, {Queued} of the queue, {Survivors} other owners in Redis. They are {Names}{More}.")]
    private partial void LogDropped(string coupon, int count, int remembered, int queued, int survivors, string names, string more);
}

/// <summary>Stock as <see cref="Reconciler"/> has opened it.</summary>
/// <param name="Epoch">The epoch that began with it.</param>
/// <param name="Drained">How many claims the ledger had: the position of the queue's first entry.</param>
/// <param name="Owners">How many owners there are, in the ledger and in the queue.</param>
/// <param name="Queue">What is to be drained.</param>
/// <param name="Dropped">How many had won and are no owners any more.</param>
internal sealed record RebuiltStock(long Epoch, long Drained, int Owners, IReadOnlyList<QueueEntry> Queue, int Dropped = 0);
