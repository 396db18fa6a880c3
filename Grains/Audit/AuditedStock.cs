using System.Globalization;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Grains.Audit;

/// <summary>What audit.lua read of a coupon.</summary>
/// <param name="Counts">The counts, of one moment; null where no script can read them.</param>
/// <param name="Entries">The part of the queue that was asked for.</param>
internal readonly record struct AuditedStock(StockCounts? Counts, string[] Entries)
{
    private const int FirstEntry = 10;

    /// <summary>The script call that reads a coupon.</summary>
    /// <param name="id">The coupon.</param>
    /// <param name="position">Of the first queue entry wanted.</param>
    /// <param name="count">How many entries at most, 0 to 1000.</param>
    public static ScriptCall Call(CouponId id, long position = 0, int count = 0) => new(StockKeys.OfCoupon(id)[..3], [position, count]);

    /// <summary>Reads a coupon.</summary>
    public static async Task<AuditedStock> ReadAsync(StockServer server, CouponId id, long position = 0, int count = 0) =>
        Parse(server, (await server.EvaluateAsync(Script.Audit, [Call(id, position, count)]))[0]);

    /// <summary>Reads the script's reply.</summary>
    public static AuditedStock Parse(StockServer server, RedisResult[] reply)
    {
        if (server.FailureOf(reply) is not null)
            return new AuditedStock(null, []);
        var state = (StockState)(int)reply[0];
        // Refused though it was verified under this incarnation: the counts do not agree.
        if (state == StockState.Unverified && (int)reply[1] == 1)
            state = StockState.Contradictory;
        var numbers = Array.ConvertAll(reply[2..FirstEntry], number => long.Parse((string)number!, CultureInfo.InvariantCulture));
        var counts = new StockCounts(state, numbers[0], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], Identity: numbers[1]);
        return new AuditedStock(counts, Array.ConvertAll(reply[FirstEntry..], entry => (string)entry!));
    }
}
