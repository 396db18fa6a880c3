using System.IO.Hashing;

namespace SecKill.Gateway.Live;

/// <summary>What a feed reads: a sale, or the board of all sales.</summary>
internal static class LiveSource
{
    /// <summary>The source of a coupon, or of the board if that is null. It reads a snapshot as JSON, without its time, for one caller at a time.</summary>
    /// <returns>A function that returns null if there is no such coupon, and throws if it cannot be read.</returns>
    public static Func<Task<byte[]?>> Of(CouponId? coupon, IGrainFactory grains, TimeProvider clock) =>
        coupon is { } id ? OfSale(grains.GetGrain<ICouponGrain>(id.Key), clock) : OfBoard(grains.GetGrain<IBoardGrain>(0), clock);

    private static Func<Task<byte[]?>> OfSale(ICouponGrain coupon, TimeProvider clock)
    {
        var rates = new RateMeter(clock);
        return async () =>
        {
            if (await coupon.Watch() is not { } sale)
                return null;
            var snapshot = sale with
            {
                PerSecond = rates.Next(sale.Claims, clock.GetTimestamp()),
                Silo = sale.Silo is { } silo ? Opaque(silo) : null,
                ErrMsg = "",
            };
            return JsonSerializer.SerializeToUtf8Bytes(snapshot, AnswerJson.Options);
        };
    }

    private static Func<Task<byte[]?>> OfBoard(IBoardGrain board, TimeProvider clock)
    {
        var rates = new RateMeter(clock);
        Dictionary<string, RateMeter> ratesOf = [];
        return async () =>
        {
            var snapshot = await board.Read();
            var now = clock.GetTimestamp();
            // Without the counts of a silo that is late there is no rate: with it again, all its claims would count as those of one second.
            var hasRates = snapshot.IsComplete;
            ratesOf = snapshot.Sales.ToDictionary(sale => sale.CouponKey(), sale => ratesOf.GetValueOrDefault(sale.CouponKey()) ?? new RateMeter(clock));
            var view = new BoardView(
                Array.ConvertAll(snapshot.Sales, sale => sale with { PerSecond = hasRates ? ratesOf[sale.CouponKey()].Next(sale.Claims, now) : null }),
                snapshot.Claims, hasRates ? rates.Next(snapshot.Claims, now) : null, snapshot.Silos,
                snapshot.Since == default ? null : snapshot.Since.ToUnixTimeMilliseconds(), "");
            return JsonSerializer.SerializeToUtf8Bytes(view, AnswerJson.Options);
        };
    }

    /// <summary>Hides an internal address, but shows whether a sale has moved.</summary>
    private static string Opaque(string silo) => $"{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(silo)) & 0xFFFFFF:x6}";
}
