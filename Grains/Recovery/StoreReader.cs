using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Grains.Recovery;

/// <summary>Reads coupons from Redis (audit.lua) and the ledger, in the order that the comparison relies on. Writes nothing.</summary>
internal sealed class StoreReader(StockServer server, ILedger ledger)
{
    /// <summary>Coupons in one script call, which blocks Redis for some milliseconds.</summary>
    public const int PageSize = 200;

    private const int Terms = 14;
    private const int Line = 15;
    private const int FirstEntry = 16;

    /// <summary>Reads some of the ledger's coupons, newest first. To count their claims takes time where they are many.</summary>
    /// <returns>The coupons, and the id below which the next page begins, or 0 after the last.</returns>
    /// <exception cref="UnavailableException">Redis or SQL does not answer.</exception>
    public async Task<(IReadOnlyList<CouponReading> Readings, long Next)> PageAsync(long belowId, bool countsClaims)
    {
        var found = await ledger.CouponsAsync(belowId, PageSize);
        if (found.Count == 0)
            return ([], 0);
        CouponId[] ids = [.. found.Select(coupon => coupon.Id)];
        var before = await StocksAsync(ids);
        // The same rows once more: what the comparison needs is the ledger after Redis.
        var rows = (await ledger.CouponsAsync(found[0].LedgerId + 1, PageSize, countsClaims)).ToDictionary(coupon => coupon.Id);
        var after = countsClaims ? await StocksAsync(ids) : before;
        var readings = ids.Select((id, i) => new CouponReading(id, before[i], rows.GetValueOrDefault(id), after[i]));
        return ([.. readings], found.Count < PageSize ? 0 : found[^1].LedgerId);
    }

    /// <summary>What Redis counts of a coupon, and at most 1000 entries of its outbox, from a position on.</summary>
    /// <returns>Counts of one moment, null where no script can read them; and outbox entries.</returns>
    public async Task<(StockCounts? Counts, string[] Entries)> StockAsync(CouponId id, long position = 0, int count = 0) =>
        Parse((await server.EvaluateAsync(Script.Audit, [Call(id, position, count)]))[0]);

    private static ScriptCall Call(CouponId id, long position, int count) => new(StockKeys.FencedOf(StockKeys.OfCoupon(id)), [position, count]);

    private async Task<StockCounts?[]> StocksAsync(CouponId[] ids)
    {
        var replies = await server.EvaluateAsync(Script.Audit, [.. ids.Select(id => Call(id, 0, 0))]);
        return [.. replies.Select(reply => Parse(reply).Counts)];
    }

    private (StockCounts? Counts, string[] Entries) Parse(RedisResult[] reply)
    {
        if (server.FailureOf(reply) is not null)
            return (null, []);
        var state = (StockState)(int)reply[0];
        // Refused though it was verified under this incarnation: the counts do not agree.
        if (state == StockState.Unverified && (int)reply[1] == 1)
            state = StockState.Contradictory;
        var numbers = Array.ConvertAll(reply[2..Terms], number => long.Parse((string)number!, CultureInfo.InvariantCulture));
        var line = Array.ConvertAll(((string)reply[Line]!).Split('|'), number => long.Parse(number, CultureInfo.InvariantCulture));
        var counts = new StockCounts(state, numbers[0], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], Identity: numbers[1],
            Held: numbers[8], Returned: numbers[9], Version: numbers[10], Floor: numbers[11], Window: (string)reply[Terms]!, Waiting: line[0], WaitBase: line[1], WaitsLogged: line[2]);
        return (counts, Array.ConvertAll(reply[FirstEntry..], entry => (string)entry!));
    }
}
