using SecKill.Grains.Interfaces.Coupons;
using StackExchange.Redis;

namespace SecKill.Grains.Stock;

/// <summary>
/// Users' lists of coupons in Redis: what a seller created (ordered by the ledger's id) or a customer claimed (ordered by
/// time). A list only ever grows, so adding is idempotent, and rebuilding one means to add all that the ledger knows.
/// </summary>
internal sealed class UserCoupons(StockServer server)
{
    /// <summary>
    /// Adds coupons to lists, in one pipelined round. One that is there keeps the earlier time: the true one, where a later
    /// one was put in for want of it.
    /// </summary>
    public Task AddAsync(IEnumerable<ListEntry> entries) => StockServer.Guard(() => Task.WhenAll(entries.Select(entry =>
        server.Database.SortedSetAddAsync(StockKeys.CouponsOf(entry.User), entry.Coupon.Key, entry.Order, SortedSetWhen.LessThan, CommandFlags.DemandMaster))));

    /// <summary>Reads part of a list, or null where the list must be rebuilt first.</summary>
    public async Task<CouponId[]?> ReadAsync(string username, long first, int count)
    {
        var reply = await server.EvaluateAsync(Script.List, [StockKeys.CouponsOf(username)], first, count);
        return (StockState)(int)reply[0] == StockState.Trusted
            ? [.. reply.Skip(1).Select(key => CouponId.Parse((string)key!))]
            : null;
    }

    /// <summary>Adds what the ledger knows and declares the list complete.</summary>
    /// <param name="username">Whose list.</param>
    /// <param name="fromLedger">Reads the user's coupons in the ledger, called after the server's incarnation is known.</param>
    public async Task RebuildAsync(string username, Func<Task<IReadOnlyList<ListEntry>>> fromLedger)
    {
        RedisKey key = StockKeys.CouponsOf(username);
        var scripts = await server.RefreshScriptsAsync(key);
        foreach (var chunk in (await fromLedger()).Chunk(1000))
            await AddAsync(chunk);
        await server.EvaluateAsync(scripts, Script.Verify, [key]);
    }
}

/// <summary>A coupon in a user's list.</summary>
/// <param name="User">Whose list.</param>
/// <param name="Coupon">Which coupon.</param>
/// <param name="Order">The ledger's id (a seller's list) or microseconds since 1970 (a customer's).</param>
internal readonly record struct ListEntry(string User, CouponId Coupon, long Order);
