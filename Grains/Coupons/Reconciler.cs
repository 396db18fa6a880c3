using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;
using StackExchange.Redis;

namespace SecKill.Grains.Coupons;

/// <summary>
/// Rebuilds one coupon's stock in Redis from the ledger and from what survived in Redis:
/// <list type="number">
/// <item>close the coupon, so that nothing is sold and nothing drained;</item>
/// <item>begin a new epoch in the ledger, so that no drain still under way can commit behind our back;</item>
/// <item>owners = ledger ∪ surviving owners ∪ queue ∪ those whom the activation remembers to have won; whoever is neither in the ledger nor in the queue is queued again;</item>
/// <item>left = amount − owners; open under the server's present incarnation.</item>
/// </list>
/// All in bounded steps, each of which checks that nobody else has taken over and that the server is still the same.
/// Dying in the middle leaves the coupon closed until the lease ends; whoever comes next starts over.
/// </summary>
internal sealed partial class Reconciler(
    StockServer server, ILedger ledger, UserCoupons lists, CouponId id, IReadOnlyList<QueueEntry> remembered, ILogger<Reconciler> logger)
{
    private const int StepSize = 1000;
    private const int OwnersPage = 20_000;
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(10);

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);
    private readonly string _token = Guid.NewGuid().ToString("N");

    private static RedisValue LeaseMicros => (long)_lease.TotalMicroseconds;

    /// <summary>Rebuilds.</summary>
    /// <returns>The new stock, or null where neither the ledger nor Redis knows such a coupon.</returns>
    /// <exception cref="UnavailableException">
    /// Redis or SQL does not answer, Redis was replaced meanwhile, or somebody else is reconciling.
    /// </exception>
    public async Task<RebuiltStock?> RunAsync()
    {
        var scripts = await server.RefreshScriptsAsync(_keys[0]);
        if (await ledger.FindAsync(id) is null && !await server.ExistsAsync(_keys[0]))
            return null;
        if ((int)(await server.EvaluateAsync(scripts, Script.Close, _keys[..3], _token, LeaseMicros))[0] != 1)
            throw new UnavailableException($"Coupon {id.Key} is being reconciled by another silo.");
        try
        {
            return await RebuildAsync(scripts);
        }
        catch (UnavailableException)
        {
            await ReleaseAsync(scripts);
            throw;
        }
    }

    /// <summary>The coupon in its seller's list.</summary>
    public static ListEntry SellersEntry(LedgerCoupon coupon) => new(coupon.Id.Seller, coupon.Id, coupon.LedgerId);

    private async Task<RebuiltStock> RebuildAsync(ScriptSet scripts)
    {
        if (await ledger.BeginEpochAsync(id) is not { } coupon)
        {
            // Redis has what the ledger does not know: nothing of it may be sold, so it stays closed. But it is not nothing:
            // somebody may own pieces of it.
            LogNotInLedger(id.Key);
            throw new UnavailableException($"Coupon {id.Key} is in Redis but not in the ledger.");
        }
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

        // Only a Redis that was rolled back to before claims that others drained since can claim more than there is.
        var room = coupon.Terms.Amount - inLedger.Count;
        if (queue.Count > room)
        {
            SiloMetrics.WinsLost.Add(WinLoss.Overclaimed, queue.Count - room);
            LogOverclaimed(id.Key, queue.Count - room);
            queue.RemoveRange(room, queue.Count - room);
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

        var opened = await server.EvaluateAsync(
            scripts, Script.Open, _keys, _token, coupon.LedgerId, coupon.Epoch, coupon.Terms.Amount, coupon.Drained,
            coupon.Terms.Stock, coupon.Terms.Description, owners.Count, queue.Count);
        if ((int)opened[0] != 1)
            throw new UnavailableException($"Coupon {id.Key} changed while it was reconciled.");
        // At a restart each coupon is rebuilt; only what Redis had lost is news.
        LogReconciled(restored + requeued.Count > 0 ? LogLevel.Information : LogLevel.Debug, id.Key, coupon.Epoch, inLedger.Count, survivors.Count, requeued.Count, restored, queue.Count, coupon.Terms.Amount - owners.Count);
        return new RebuiltStock(coupon.Epoch, coupon.Drained, owners.Count, queue);
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
        while (await ledger.OwnersAsync(coupon.LedgerId, after, OwnersPage) is { Count: > 0 } page)
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

    [LoggerMessage(LogLevel.Critical, "Coupon {Coupon}: in Redis but not in the ledger. It is closed; restore the ledger.")]
    private partial void LogNotInLedger(string coupon);

    [LoggerMessage(LogLevel.Critical,
        "Coupon {Coupon}: Redis holds {Count} claims more than there are pieces beside the ledger's. The ledger's stand; these are dropped.")]
    private partial void LogOverclaimed(string coupon, int count);
}

/// <summary>Stock as <see cref="Reconciler"/> has opened it.</summary>
/// <param name="Epoch">The epoch that began with it.</param>
/// <param name="Drained">How many claims the ledger had: the position of the queue's first entry.</param>
/// <param name="Owners">How many owners there are, in the ledger and in the queue.</param>
/// <param name="Queue">What is to be drained.</param>
internal sealed record RebuiltStock(long Epoch, long Drained, int Owners, IReadOnlyList<QueueEntry> Queue);
