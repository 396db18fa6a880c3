using System.IO.Hashing;

namespace SecKill.Gateway.Live;

/// <summary>What a feed reads: a sale, or the board of all sales.</summary>
internal abstract class LiveSource
{
    /// <summary>Reads a snapshot as JSON, without its time. For one caller at a time.</summary>
    /// <returns>Null if there is no such coupon.</returns>
    /// <exception cref="UnavailableException">It cannot be read. Time-outs and exceptions of Orleans say the same.</exception>
    public abstract Task<byte[]?> ReadAsync();

    /// <summary>The source of a coupon, or of the board if that is null.</summary>
    public static LiveSource Of(CouponId? coupon, IGrainFactory grains, TimeProvider clock) =>
        coupon is { } id ? new Sale(grains.GetGrain<ICouponGrain>(id.Key), clock) : new Board(grains.GetGrain<IBoardGrain>(0), clock);

    private sealed class Sale(ICouponGrain coupon, TimeProvider clock) : LiveSource
    {
        private readonly RateMeter _rates = new(clock);

        public override async Task<byte[]?> ReadAsync()
        {
            if (await coupon.Watch() is not { } sale)
                return null;
            var snapshot = sale with
            {
                PerSecond = _rates.Next(sale.Claims, clock.GetTimestamp()),
                Silo = sale.Silo is { } silo ? Opaque(silo) : null,
                ErrMsg = "",
            };
            return JsonSerializer.SerializeToUtf8Bytes(snapshot, AnswerJson.Options);
        }

        /// <summary>Hides an internal address, but shows whether a sale has moved.</summary>
        private static string Opaque(string silo) => $"{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(silo)) & 0xFFFFFF:x6}";
    }

    private sealed class Board(IBoardGrain board, TimeProvider clock) : LiveSource
    {
        private readonly RateMeter _rates = new(clock);
        private Dictionary<string, RateMeter> _ratesOf = [];

        public override async Task<byte[]?> ReadAsync()
        {
            var snapshot = await board.Read();
            var now = clock.GetTimestamp();
            // Without the counts of a silo that is late there is no rate: with it again, all its claims would count as those of one second.
            var hasRates = snapshot.IsComplete;
            _ratesOf = snapshot.Sales.ToDictionary(sale => sale.CouponKey(), sale => _ratesOf.GetValueOrDefault(sale.CouponKey()) ?? new RateMeter(clock));
            var view = new BoardView(
                Array.ConvertAll(snapshot.Sales, sale => sale with { PerSecond = hasRates ? _ratesOf[sale.CouponKey()].Next(sale.Claims, now) : null }),
                snapshot.Claims, hasRates ? _rates.Next(snapshot.Claims, now) : null, snapshot.Silos,
                snapshot.Since == default ? null : snapshot.Since.ToUnixTimeMilliseconds(), "");
            return JsonSerializer.SerializeToUtf8Bytes(view, AnswerJson.Options);
        }
    }
}
