using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Compares one coupon's owners, outbox and claims name by name, while it is sold and relayed. Within an epoch owners and claims only
/// grow, a claim enters the outbox together with its owner, and leaves it once it is in the ledger. So the read order (owners, outbox, the
/// ledger's position, its claims) never makes a claim in flight look lost; a claim without an owner is looked up again. Reads across two
/// epochs are invalid: the caller compares epochs before and after.
/// </summary>
internal sealed class NameComparison(StockServer server, ILedger ledger, StoreReader stores, CouponId id)
{
    private const int PageSize = 1000;
    private const int LedgerPageSize = 20_000;

    private readonly CouponStock _stock = new(server, id);
    private readonly SortedDictionary<AuditDifferenceKind, (long Count, List<string> Names)> _found = [];

    // By customer the last position in the outbox.
    private readonly Dictionary<string, long> _outbox = [];
    private HashSet<string> _owners = [];
    private HashSet<string> _returned = [];
    private Dictionary<string, long> _line = [];
    private IReadOnlyList<WaitEntry> _waitlog = [];

    /// <summary>Reads owners and outbox, and compares what can be compared without the ledger.</summary>
    public async Task ReadStockAsync(bool withLists)
    {
        _owners = [.. await _stock.OwnersAsync()];
        // After the owners: a return adds the name here before it leaves those.
        _returned = [.. await _stock.ReturnedAsync()];
        await ReadOutboxAsync();
        // The log after the line: who joins enters both at once, and leaves the log once the ledger has it.
        _line = await _stock.LineAsync();
        _waitlog = await _stock.WaitlogAsync();
        await AddNonOwnersAsync(AuditDifferenceKind.Queue, _outbox.Keys.Where(user => !_owners.Contains(user)));
        if (withLists)
            await AddWronglyListedAsync();
    }

    /// <summary>
    /// Compares with the ledger's claims. Its row must be read after <see cref="ReadStockAsync"/>. A customer who returned a unit is no
    /// owner lost.
    /// </summary>
    public async Task<IReadOnlyList<AuditDifference>> CompareAsync(LedgerCoupon coupon)
    {
        var withoutOwner = new List<string>();
        var written = new List<string>();
        var unreturned = new List<string>();
        var vanished = new List<string>();
        for (var page = await NextAsync(""); page.Count > 0; page = await NextAsync(page[^1].User))
        {
            foreach (var owner in page)
            {
                var isOwner = _owners.Remove(owner.User);
                if (owner.IsReturned && isOwner && !_returned.Contains(owner.User))
                    unreturned.Add(owner.User);
                else if (owner.IsReturned && !isOwner && !_returned.Contains(owner.User))
                    vanished.Add(owner.User);
                else if (!owner.IsReturned && _returned.Contains(owner.User))
                    Add(AuditDifferenceKind.Returns, owner.User);
                else if (!owner.IsReturned && !isOwner)
                    withoutOwner.Add(owner.User);
            }
            written.AddRange(page.Select(owner => owner.User).Where(_outbox.ContainsKey));
        }
        await AddNonOwnersAsync(AuditDifferenceKind.ClaimsWithoutOwner, withoutOwner);
        // Returned since Redis was read, or in the ledger alone.
        foreach (var user in await _stock.OwnersAmongAsync(unreturned))
            Add(AuditDifferenceKind.Returns, user);
        // Won and returned since, or in neither set, so that the customer could win again.
        await AddNonOwnersAsync(AuditDifferenceKind.Returns, vanished);
        // In the outbox and written: by now the ledger must have passed that position.
        var drained = (await ledger.FindAsync(id))?.Drained ?? long.MaxValue;
        foreach (var user in written.Where(user => _outbox[user] >= drained))
            Add(AuditDifferenceKind.Queue, user);
        foreach (var user in _owners.Where(user => !_outbox.TryGetValue(user, out var position) || position < coupon.Drained))
            Add(AuditDifferenceKind.OwnersLost, user);
        if (coupon.Terms.Waitlist > 0)
            await CompareLineAsync(coupon.Key);
        return [.. _found.Select(found => new AuditDifference(found.Key, found.Value.Count, [.. found.Value.Names]))];

        Task<IReadOnlyList<LedgerOwner>> NextAsync(string after) => ledger.OwnersAsync(coupon.Key, after, LedgerPageSize);
    }

    /// <summary>Compares who waits. What may have happened since the line was read is looked up again.</summary>
    private async Task CompareLineAsync(LedgerKey coupon)
    {
        var joined = _waitlog.Where(entry => entry.IsJoin).Select(entry => (entry.User, entry.Serial)).ToHashSet();
        var absent = new List<string>();
        for (var page = await NextAsync(""); page.Count > 0; page = await NextAsync(page[^1].User))
        {
            foreach (var wait in page)
            {
                if (_line.TryGetValue(wait.User, out var serial) && (wait.Serial >= serial || joined.Contains((wait.User, serial))))
                    _line.Remove(wait.User);
                else if (serial == 0 && wait is { LeftAt: null, ServedAt: null })
                    absent.Add(wait.User);
            }
        }
        foreach (var (user, serial) in _line.Where(wait => !joined.Contains((wait.Key, wait.Value))))
            Add(AuditDifferenceKind.Line, user);
        // In this order: one who is served is an owner before he is out of the line.
        absent = await _stock.NonOwnersAsync(await _stock.NotWaitingAsync(absent));
        if (absent.Count == 0)
            return;
        var left = (await _stock.WaitlogAsync()).Where(entry => !entry.IsJoin).Select(entry => (entry.User, entry.Serial)).ToHashSet();
        foreach (var some in absent.Chunk(PageSize))
        {
            foreach (var wait in (await ledger.WaitsOfAsync(coupon, some)).Where(wait => wait.LeftAt is null && !left.Contains((wait.User, wait.Serial))))
                Add(AuditDifferenceKind.Line, wait.User);
        }

        Task<IReadOnlyList<LedgerWait>> NextAsync(string after) => ledger.WaitsAsync(coupon, after, LedgerPageSize);
    }

    /// <summary>Pages by position, not index, so that no entry is skipped when the relay trims the outbox between two pages.</summary>
    private async Task ReadOutboxAsync()
    {
        var (position, end) = (0L, long.MaxValue);
        while (position < end)
        {
            var page = await stores.StockAsync(id, position, PageSize);
            if (page.Counts is not { } counts || page.Entries.Length == 0)
                return;
            // What enters after the first page was read belongs to later owners.
            end = Math.Min(end, Math.Max(0, counts.Base) + counts.OutboxLength);
            position = Math.Max(position, counts.Base);
            foreach (var text in page.Entries)
            {
                var isEntry = OutboxEntry.TryParse(text, out var entry);
                // Malformed, or the customer's second.
                if (!isEntry || !_outbox.TryAdd(entry.User, position))
                    Add(AuditDifferenceKind.Queue, isEntry ? entry.User : text);
                if (isEntry)
                    _outbox[entry.User] = position;
                position++;
            }
        }
    }

    private async Task AddNonOwnersAsync(AuditDifferenceKind kind, IEnumerable<string> suspects)
    {
        foreach (var user in await _stock.NonOwnersAsync(suspects))
            Add(kind, user);
    }

    /// <summary>A list without its mark is completed when next read, so only a marked list can lack the coupon, or show it wrongly.</summary>
    private async Task AddWronglyListedAsync()
    {
        foreach (var users in _owners.Concat(_returned).Prepend(id.Seller.Value).Chunk(PageSize))
        {
            var marks = await Task.WhenAll(users.Select(async user =>
                ListStore.Mark((await server.CurrentScriptsAsync(StockKeys.CouponsOf(user))).Incarnation)));
            var scores = await StockServer.Guard(() => Task.WhenAll(users.Zip(marks, (user, mark) =>
                server.Database.SortedSetScoresAsync(StockKeys.CouponsOf(user), [id.Key, mark], CommandFlags.DemandMaster))));
            for (var i = 0; i < users.Length; i++)
            {
                if (_returned.Contains(users[i]) && !_owners.Contains(users[i]))
                {
                    if (scores[i] is [>= 0, not null])
                        Add(AuditDifferenceKind.StillListed, users[i]);
                }
                else if (scores[i] is [null or < 0, not null])
                {
                    Add(AuditDifferenceKind.NotListed, users[i]);
                }
            }
        }
    }

    /// <summary>Counts a name, and keeps the first of each kind.</summary>
    private void Add(AuditDifferenceKind kind, string name)
    {
        var (count, names) = _found.TryGetValue(kind, out var found) ? found : (0, []);
        if (count < AuditDifference.MaxNames)
            names.Add(name);
        _found[kind] = (count + 1, names);
    }
}
