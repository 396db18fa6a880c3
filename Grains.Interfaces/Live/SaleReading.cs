using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Interfaces.Live;

/// <summary>What a watcher sees of one sale. The stock is exact as of the reading; the tally is what gateways have reported.</summary>
/// <param name="Coupon">The coupon's <see cref="CouponId.Key"/>.</param>
/// <param name="Stock">The pieces.</param>
/// <param name="Claims">Claims answered since this coupon's silo has known it.</param>
/// <param name="Silo">The silo on which the coupon is active; null where that was not asked.</param>
[GenerateSerializer, Immutable]
public sealed record SaleReading(
    [property: Id(0)] string Coupon, [property: Id(1)] StockSight Stock, [property: Id(2)] ClaimTally Claims, [property: Id(3)] string? Silo);

/// <summary>The pieces of a coupon, all counted at one moment.</summary>
/// <param name="Amount">How many exist.</param>
/// <param name="Left">How many are unclaimed. The others are won.</param>
/// <param name="Queued">How many of those won are not in the ledger yet.</param>
/// <param name="OldestQueued">For how long the oldest of them has been queued; zero where none is.</param>
/// <param name="FaceValue">What a piece is worth.</param>
/// <param name="Description">The seller's, may be empty.</param>
[GenerateSerializer, Immutable]
public readonly record struct StockSight(
    [property: Id(0)] int Amount, [property: Id(1)] int Left, [property: Id(2)] long Queued, [property: Id(3)] TimeSpan OldestQueued,
    [property: Id(4)] int FaceValue, [property: Id(5)] string? Description);

/// <summary>One sale, and the cluster around it.</summary>
/// <param name="Sale">The sale.</param>
/// <param name="Silos">How many silos are alive.</param>
[GenerateSerializer, Immutable]
public sealed record WatchedSale([property: Id(0)] SaleReading Sale, [property: Id(1)] int Silos);

/// <summary>What a watcher sees of all sales.</summary>
/// <param name="Sales">The busiest, at most <see cref="MaxSales"/>, the busiest one first.</param>
/// <param name="Claims">Claims of all coupons, answered since the silos have run.</param>
/// <param name="Silos">How many silos are alive.</param>
/// <param name="Since">From when on <paramref name="Claims"/> were counted: the start of the silo that has run longest.</param>
/// <param name="IsWhole">Whether all of them have answered: otherwise <paramref name="Claims"/> lack those of some.</param>
[GenerateSerializer, Immutable]
public sealed record BoardReading(
    [property: Id(0)] SaleReading[] Sales, [property: Id(1)] ClaimTally Claims, [property: Id(2)] int Silos, [property: Id(3)] bool IsWhole,
    [property: Id(4)] DateTimeOffset Since)
{
    /// <summary>The most sales on the board.</summary>
    public const int MaxSales = 20;
}
