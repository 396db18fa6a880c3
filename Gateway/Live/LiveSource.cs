using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

/// <summary>What a feed is fed from: a sale, or the board of all sales.</summary>
internal abstract class LiveSource
{
    private bool _isInPhase;

    /// <summary>Reads it as JSON, without the time; for one caller at a time.</summary>
    /// <returns>Null where there is no such coupon.</returns>
    /// <exception cref="UnavailableException">It cannot be read; nor where a time-out or Orleans says so.</exception>
    public abstract Task<byte[]?> ReadAsync();

    /// <summary>The feed of a coupon, or of the board where that is null.</summary>
    public static LiveSource Of(CouponId? coupon, IGrainFactory grains) =>
        coupon is { } id ? new Sale(grains.GetGrain<ICouponGrain>(id.Key)) : new Board(grains.GetGrain<IBoardGrain>(0));

    /// <summary>
    /// Whether a rate may be made of this reading and later ones: not of the first, for it is made when somebody comes, with reports
    /// in it or not as it happens.
    /// </summary>
    protected bool IsInPhase() => _isInPhase || !(_isInPhase = true);

    private sealed class Sale(ICouponGrain coupon) : LiveSource
    {
        private readonly RateMeter _rates = new();

        public override async Task<byte[]?> ReadAsync()
        {
            if (await coupon.Watch() is not { } sale)
                return null;
            var snapshot = sale with
            {
                PerSecond = IsInPhase() ? _rates.Next(sale.Claims, Stopwatch.GetTimestamp()) : null,
                Silo = sale.Silo is { } silo ? Opaque(silo) : null,
                ErrMsg = "",
            };
            return JsonSerializer.SerializeToUtf8Bytes(snapshot, LiveJson.Plain.SaleSnapshot);
        }

        /// <summary>Addresses of the inside are not for the world; whether a sale has moved shows all the same.</summary>
        private static string Opaque(string silo) => $"{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(silo)) & 0xFFFFFF:x6}";
    }

    private sealed class Board(IBoardGrain board) : LiveSource
    {
        private readonly RateMeter _rates = new();
        private Dictionary<string, RateMeter> _ratesOf = [];

        public override async Task<byte[]?> ReadAsync()
        {
            var reading = await board.Read();
            // What a silo that is late has counted in all would be taken for claims of one second, the next time.
            var (now, hasRates) = (Stopwatch.GetTimestamp(), IsInPhase() && reading.IsComplete);
            _ratesOf = reading.Sales.ToDictionary(sale => sale.CouponKey(), sale => _ratesOf.GetValueOrDefault(sale.CouponKey()) ?? new RateMeter());
            var view = new BoardView(
                Array.ConvertAll(reading.Sales, sale => sale with { PerSecond = hasRates ? _ratesOf[sale.CouponKey()].Next(sale.Claims, now) : null }),
                reading.Claims, hasRates ? _rates.Next(reading.Claims, now) : null, reading.Silos,
                reading.Since == default ? null : reading.Since.ToUnixTimeMilliseconds(), "");
            return JsonSerializer.SerializeToUtf8Bytes(view, LiveJson.Plain.BoardView);
        }
    }
}
