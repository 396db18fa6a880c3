using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Lists;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Audit;

/// <summary>
/// Compares one coupon's owners, queue and claims name by name, while it is being sold and drained. Within an epoch owners
/// and claims only grow, a claim is queued together with its owner, and an entry leaves the queue once it is in the ledger. So
/// the order of reading (owners, queue, the ledger's position, its claims) lets nothing look lost that was only on its way,
/// and whoever seems to have claimed without being an owner is looked up once more. Of another epoch nothing read here
/// means anything: that is the caller's to find out, before and after.
/// </summary>
internal sealed class NameComparison(StockServer server, ILedger ledger, CouponId id)
{
    private const int PageSize = 1000;
    private const int LedgerPageSize = 20_000;

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);
    private readonly List<Tally> _tallies = [];
    /// <summary>By customer the last position in the queue.</summary>
    private readonly Dictionary<string, long> _queue = [];
    private HashSet<string> _owners = [];

    /// <summary>Reads owners and queue, and compares what can be compared without the ledger.</summary>
    /// <param name="withLists">Whether to look into the owners' lists.</param>
    public async Task ReadStockAsync(bool withLists)
    {
        _owners = [.. await new CouponStock(server, id).OwnersAsync()];
        await ReadQueueAsync();
        await AddNonOwnersAsync(AuditDifferenceKind.QueuedWithoutOwner, _queue.Keys.Where(user => !_owners.Contains(user)));
        if (withLists)
            await AddNotListedAsync();
    }

    /// <summary>Compares with the ledger's claims.</summary>
    /// <param name="coupon">Read after <see cref="ReadStockAsync"/>.</param>
    /// <returns>All that differs.</returns>
    public async Task<IReadOnlyList<AuditDifference>> CompareAsync(LedgerCoupon coupon)
    {
        var withoutOwner = new List<string>();
        var written = new List<string>();
        for (var page = await NextAsync(""); page.Count > 0; page = await NextAsync(page[^1]))
        {
            withoutOwner.AddRange(page.Where(user => !_owners.Remove(user)));
            written.AddRange(page.Where(_queue.ContainsKey));
        }
        await AddNonOwnersAsync(AuditDifferenceKind.ClaimsWithoutOwner, withoutOwner);
        // Queued and written: by now the ledger must have passed that position.
        var drained = (await ledger.FindAsync(id))?.Drained ?? long.MaxValue;
        Add(AuditDifferenceKind.QueuedThoughWritten, written.Where(user => _queue[user] >= drained));
        Add(AuditDifferenceKind.OwnersLost, _owners.Where(user => !_queue.TryGetValue(user, out var position) || position < coupon.Drained));
        return [.. _tallies.Where(tally => tally.Count > 0).Select(tally => tally.Difference).OrderBy(difference => difference.Kind)];

        Task<IReadOnlyList<string>> NextAsync(string after) => ledger.OwnersAsync(coupon.Key, after, LedgerPageSize);
    }

    /// <summary>By positions and not by indices, so that nothing is passed over when the drain trims the queue between two pages.</summary>
    private async Task ReadQueueAsync()
    {
        var (twice, malformed) = (New(AuditDifferenceKind.QueuedTwice), New(AuditDifferenceKind.QueueMalformed));
        var (position, end) = (0L, long.MaxValue);
        while (position < end)
        {
            var page = await AuditedStock.ReadAsync(server, id, position, PageSize);
            if (page.Counts is not { } counts || page.Entries.Length == 0)
                return;
            // What is queued after the first page was read belongs to later owners.
            end = Math.Min(end, Math.Max(0, counts.Base) + counts.Queued);
            position = Math.Max(position, counts.Base);
            foreach (var text in page.Entries)
            {
                if (!QueueEntry.TryParse(text, out var entry))
                {
                    malformed.Add(text);
                }
                else if (!_queue.TryAdd(entry.User, position))
                {
                    twice.Add(entry.User);
                    _queue[entry.User] = position;
                }
                position++;
            }
        }
    }

    private async Task AddNonOwnersAsync(AuditDifferenceKind kind, IEnumerable<string> suspects)
    {
        var tally = New(kind);
        foreach (var users in suspects.Chunk(PageSize))
        {
            var owns = await StockServer.Guard(() => server.Database.SetContainsAsync(
                _keys[1], Array.ConvertAll(users, user => (RedisValue)user), CommandFlags.DemandMaster));
            for (var i = 0; i < users.Length; i++)
            {
                if (!owns[i])
                    tally.Add(users[i]);
            }
        }
    }

    /// <summary>A list that is not declared complete is completed at its next reading, so what it lacks is no fault.</summary>
    private async Task AddNotListedAsync()
    {
        var tally = New(AuditDifferenceKind.NotListed);
        foreach (var users in _owners.Prepend(id.Seller.Value).Chunk(PageSize))
        {
            var fences = await Task.WhenAll(users.Select(async user =>
                ListStore.Fence((await server.CurrentScriptsAsync(StockKeys.CouponsOf(user))).Incarnation)));
            var scores = await StockServer.Guard(() => Task.WhenAll(users.Zip(fences, (user, fence) =>
                server.Database.SortedSetScoresAsync(StockKeys.CouponsOf(user), [id.Key, fence], CommandFlags.DemandMaster))));
            for (var i = 0; i < users.Length; i++)
            {
                if (scores[i] is [null, not null])
                    tally.Add(users[i]);
            }
        }
    }

    private void Add(AuditDifferenceKind kind, IEnumerable<string> names)
    {
        var tally = New(kind);
        foreach (var name in names)
            tally.Add(name);
    }

    private Tally New(AuditDifferenceKind kind)
    {
        var tally = new Tally(kind);
        _tallies.Add(tally);
        return tally;
    }

    /// <summary>Counts names and keeps the first of them.</summary>
    private sealed class Tally(AuditDifferenceKind kind)
    {
        private readonly List<string> _names = [];

        public long Count { get; private set; }

        public AuditDifference Difference => new(kind, Count, [.. _names]);

        public void Add(string name)
        {
            if (Count++ < AuditDifference.MaxNames)
                _names.Add(name);
        }
    }
}
