using System.Text.Json;
using System.Text.Json.Serialization;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

// Time is described here only: LiveReading adds it when all else is written.

/// <summary>A sale, as watchers are told. See docs/guide/live.md for the fields.</summary>
internal sealed record SaleView(
    string Seller, string Name, int Amount, int Left, int Won, bool SoldOut, long Queued, double DrainLag, ClaimCounts Claims, ClaimRates? PerSecond,
    int? Stock = null, string? Description = null, string? Silo = null, int? Silos = null, string? ErrMsg = null, long? Time = null)
{
    /// <summary>Writes down a reading.</summary>
    public static SaleView Of(SaleReading sale, ClaimRates? rates)
    {
        var (id, stock) = (CouponId.Parse(sale.Coupon), sale.Stock);
        return new SaleView(
            id.Seller, id.Name, stock.Amount, stock.Left, stock.Amount - stock.Left, stock.Left == 0, stock.Queued,
            Math.Round(stock.OldestQueued.TotalSeconds, 1), ClaimCounts.Of(sale.Claims), rates);
    }
}

/// <summary>All sales, as watchers are told.</summary>
internal sealed record BoardView(SaleView[] Sales, ClaimCounts Claims, ClaimRates? PerSecond, int Silos, long? Since, string ErrMsg, long? Time = null);

/// <summary>Claims by outcome.</summary>
internal sealed record ClaimCounts(long Claimed, long AlreadyClaimed, long SoldOut, long Undecided)
{
    /// <summary>Writes down a tally.</summary>
    public static ClaimCounts Of(ClaimTally tally) => new(tally.Claimed, tally.AlreadyClaimed, tally.SoldOut, tally.Undecided);
}

/// <summary>Claims a second by outcome.</summary>
internal sealed record ClaimRates(double Claimed, double AlreadyClaimed, double SoldOut, double Undecided);

/// <summary>How they are written.</summary>
[JsonSerializable(typeof(SaleView))]
[JsonSerializable(typeof(BoardView))]
internal sealed partial class LiveJson : JsonSerializerContext
{
    /// <summary>As the API's other answers are.</summary>
    public static LiveJson Plain { get; } = new(new JsonSerializerOptions(AnswerJson.NewOptions())
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });
}
