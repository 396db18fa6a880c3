using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;
using StackExchange.Redis;

namespace SecKill.Grains.Stock;

/// <summary>
/// Users' lists of coupons in Redis: what a seller created (ordered by the ledger's id) or a customer claimed (ordered by
/// time). A list only ever grows, so adding is idempotent, and rebuilding one means to add all that the ledger knows.
/// </summary>
internal sealed class UserCoupons
{
    private const int MaxEntriesPerScript = 1_000;
    private const int MaxWaiting = 50_000;

    private readonly StockServer _server;
    private readonly NaturalBatcher<IReadOnlyList<ListEntry>, bool> _additions;

    /// <summary>Made once a server: additions of all coupons gather here.</summary>
    public UserCoupons(StockServer server)
    {
        _server = server;
        _additions = new NaturalBatcher<IReadOnlyList<ListEntry>, bool>(AddAsync, MaxEntriesPerScript, MaxWaiting, entries => entries.Count);
    }

    /// <summary>Adds coupons to lists. One that is there keeps the earlier time.</summary>
    /// <param name="entries">1 to 1000.</param>
    /// <exception cref="UnavailableException">Redis does not answer; some may have been added.</exception>
    public Task AddAsync(IReadOnlyList<ListEntry> entries) => _additions.Add(entries);

    /// <summary>Reads part of a list, or null where the list must be rebuilt first.</summary>
    public async Task<CouponId[]?> ReadAsync(string username, long first, int count)
    {
        var reply = await _server.EvaluateAsync(Script.List, [StockKeys.CouponsOf(username)], first, count);
        return (StockState)(int)reply[0] == StockState.Trusted
            ? [.. reply.Skip(1).Select(key => CouponId.Parse((string)key!))]
            : null;
    }

    /// <summary>Adds what the ledger knows and declares the lists complete.</summary>
    /// <param name="users">Whose lists, none twice.</param>
    /// <param name="fromLedger">Reads the users' coupons in the ledger, called after the server's incarnation is known.</param>
    /// <exception cref="UnavailableException">Redis does not answer, or was replaced meanwhile.</exception>
    public async Task RebuildAsync(IReadOnlyList<string> users, Func<Task<IReadOnlyList<ListEntry>>> fromLedger)
    {
        var slots = _server.BySlot([.. users.Select(StockKeys.CouponsOf)], key => key);
        var scripts = await Task.WhenAll(slots.Select(slot => _server.RefreshScriptsAsync(slot[0])));
        foreach (var chunk in (await fromLedger()).Chunk(MaxEntriesPerScript))
            await AddAsync(chunk);
        await Task.WhenAll(slots.Zip(scripts, (slot, set) =>
            _server.EvaluateAsync(set, Script.Verify, [.. slot.Select(key => new ScriptCall([key], []))])));
    }

    private async Task<IReadOnlyList<bool>> AddAsync(IReadOnlyList<IReadOnlyList<ListEntry>> additions)
    {
        var entries = additions.Count == 1 ? additions[0] : [.. additions.SelectMany(addition => addition)];
        if (_server.ScriptsWriteLists)
            await _server.EvaluateAsync(Script.Add, [Call(entries)]);
        else
            await _server.WriteAsync(redis => Task.WhenAll(entries.Select(entry => redis.SortedSetAddAsync(
                StockKeys.CouponsOf(entry.User), entry.Coupon.Key, entry.Order, SortedSetWhen.LessThan, CommandFlags.DemandMaster))));
        return new bool[additions.Count];
    }

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

/// <summary>A coupon in a user's list.</summary>
/// <param name="User">Whose list.</param>
/// <param name="Coupon">Which coupon.</param>
/// <param name="Order">The ledger's id (a seller's list) or microseconds since 1970 (a customer's).</param>
internal readonly record struct ListEntry(string User, CouponId Coupon, long Order);
