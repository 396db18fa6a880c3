using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Lists;

/// <summary>
/// Users' lists of coupons in Redis: those that a seller created (in the order of the ledger's ids) or a customer claimed (in the order of
/// time). Adding is idempotent, and a list is rebuilt by adding all that the ledger has. A coupon leaves a winner's list only if its rebuilt stock has
/// no unit for that winner. One whose unit was given back stays in it under a mark that hides it, so that no late addition shows it again.
/// </summary>
internal sealed class ListStore
{
    private const int MaxEntriesPerScript = 1_000;
    private const int MaxWaiting = 50_000;

    // No list is as long, and Garnet takes no offset beyond twice that.
    private const long MaxFirst = int.MaxValue / 2;

    private readonly StockServer _server;
    private readonly NaturalBatcher<IReadOnlyList<ListEntry>, bool> _additions;

    public ListStore(StockServer server)
    {
        _server = server;
        _additions = new NaturalBatcher<IReadOnlyList<ListEntry>, bool>(AddAsync, MaxEntriesPerScript, MaxWaiting, entries => entries.Count, name: "lists added to");
    }

    /// <summary>The member that declares a list complete under an incarnation of its server, as verify.lua writes it.</summary>
    public static RedisValue Mark(string incarnation) => $"!{incarnation}";

    /// <summary>Adds up to 1000 coupons to lists. A coupon that is there keeps the earlier time.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; some may have been added.</exception>
    public Task AddAsync(IReadOnlyList<ListEntry> entries) => _server.ScriptsWriteLists ? _additions.Add(entries) : AddOneByOneAsync(entries);

    /// <summary>As <see cref="AddAsync(IReadOnlyList{ListEntry})"/>, for lists on several servers, some of which may not answer.</summary>
    /// <returns>For each entry whether it is known to be added.</returns>
    public async Task<bool[]> TryAddAsync(IReadOnlyList<ListEntry> entries)
    {
        var additions = entries.Select(entry => AddOneByOneAsync([entry])).ToArray();
        await Task.WhenAll(additions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return Array.ConvertAll(additions, addition => addition.IsCompletedSuccessfully);
    }

    /// <summary>Removes a coupon from the lists of users who do not own it, while it is closed.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; some may have been removed.</exception>
    public Task RemoveAsync(CouponId coupon, IReadOnlyList<string> users) => _server.WriteAsync(redis => Task.WhenAll(users.Select(user =>
        redis.SortedSetRemoveAsync(StockKeys.CouponsOf(user), coupon.Key, CommandFlags.DemandMaster))));

    /// <summary>Reads part of a list; null if the list must be rebuilt first.</summary>
    public async Task<CouponId[]?> ReadAsync(ListPart part)
    {
        var call = Call(part);
        return Coupons(await _server.EvaluateAsync(Script.List, call.Keys, call.Arguments));
    }

    /// <summary>
    /// Adds what the ledger has, which is read once the server's incarnation is known, declares the lists complete, and reads a part of each.
    /// </summary>
    /// <returns>The parts in order; null if unreadable or if the list lacks an unpersisted claim.</returns>
    /// <exception cref="UnavailableException">Redis does not answer, or was replaced meanwhile.</exception>
    public async Task<CouponId[]?[]> RebuildAsync(IReadOnlyList<ListPart> parts, Func<Task<ListSources>> sources)
    {
        var slots = _server.BySlot([.. Enumerable.Range(0, parts.Count)], i => StockKeys.CouponsOf(parts[i].User));
        var scripts = await Task.WhenAll(slots.Select(slot => _server.RefreshScriptsAsync(StockKeys.CouponsOf(parts[slot[0]].User))));
        var (toAdd, unpersisted) = await sources();
        foreach (var chunk in toAdd.Chunk(MaxEntriesPerScript))
            await AddAsync(chunk);
        var required = unpersisted.ToLookup(entry => entry.User, entry => (RedisValue)entry.Coupon.Key);
        var lists = new CouponId[]?[parts.Count];
        await Task.WhenAll(slots.Zip(scripts, async (slot, set) =>
        {
            var replies = await _server.EvaluateAsync(set, Script.Verify, [.. slot.Select(i => Call(parts[i], required[parts[i].User]))]);
            for (var k = 0; k < slot.Count; k++)
                lists[slot[k]] = _server.FailureOf(replies[k]) is null ? Coupons(replies[k]) : null;
        }));
        return lists;
    }

    private static ScriptCall Call(ListPart part, params IEnumerable<RedisValue> required) =>
        new([StockKeys.CouponsOf(part.User)], [Math.Min(part.First, MaxFirst), part.Count, .. required]);

    private static CouponId[]? Coupons(RedisResult[] reply) => (StockState)(int)reply[0] == StockState.Verified
        ? [.. reply.Skip(1).Select(key => CouponId.Parse((string)key!))]
        : null;

    private async Task<IReadOnlyList<bool>> AddAsync(IReadOnlyList<IReadOnlyList<ListEntry>> additions)
    {
        var entries = additions.Count == 1 ? additions[0] : [.. additions.SelectMany(addition => addition)];
        _server.Checked((await _server.EvaluateAsync(Script.Add, [Call(entries)]))[0]);
        return new bool[additions.Count];
    }

    private Task AddOneByOneAsync(IReadOnlyList<ListEntry> entries) => _server.WriteAsync(redis => Task.WhenAll(entries.Select(entry =>
        redis.SortedSetAddAsync(StockKeys.CouponsOf(entry.User), entry.Coupon.Key, entry.Order, SortedSetWhen.LessThan, CommandFlags.DemandMaster))));

    private static ScriptCall Call(IReadOnlyList<ListEntry> entries)
    {
        var call = new ScriptCall(new RedisKey[entries.Count], new RedisValue[2 * entries.Count]);
        for (var i = 0; i < entries.Count; i++)
        {
            call.Keys[i] = StockKeys.CouponsOf(entries[i].User);
            (call.Arguments[2 * i], call.Arguments[2 * i + 1]) = (entries[i].Coupon.Key, entries[i].Order);
        }
        return call;
    }
}

/// <summary>A coupon in a user's list, in the order of the ledger's ids (a seller's) or of microseconds since 1970 (a customer's).</summary>
[GenerateSerializer, Immutable]
internal readonly record struct ListEntry([property: Id(0)] string User, [property: Id(1)] CouponId Coupon, [property: Id(2)] long Order)
{
    /// <summary>The order of what was returned: before all others, and the least wins. Lists are read from 0 up.</summary>
    public const long Returned = -2;

    public static ListEntry OfClaim(LedgerClaim claim) => new(claim.User, claim.Coupon, claim.IsReturned ? Returned : claim.Micros);

    public static ListEntry OfReturned(CouponId coupon, string user) => new(user, coupon, Returned);

    public static ListEntry OfSeller(LedgerCoupon coupon) => new(coupon.Id.Seller.Value, coupon.Id, coupon.LedgerId);

    public static ListEntry OfOwner(CouponId coupon, OutboxEntry claim) => new(claim.User, coupon, claim.Micros);
}

/// <summary>The entries that rebuilt lists must have.</summary>
/// <param name="ToAdd">Entries to add, above all those of the ledger.</param>
/// <param name="Unpersisted">
/// Claims that silos remember. They are required but not added: as long as their coupon is not rebuilt, no stock has them.
/// </param>
internal readonly record struct ListSources(IReadOnlyList<ListEntry> ToAdd, IReadOnlyList<ListEntry> Unpersisted);

/// <summary>Part of a user's list: from an index on, counted from 0, at most so many.</summary>
internal readonly record struct ListPart(string User, long First, int Count);
