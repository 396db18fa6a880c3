namespace SecKill.Grains.Interfaces.Live;

/// <summary>
/// Counts the answered claims of the coupons on one silo, as gateways report them: a refusal under a refusal lease is known to its
/// gateway alone. Kept in memory for ten thousand coupons, and gone with the silo. The key is the silo's address, see
/// <see cref="ClaimReply.Silo"/>.
/// </summary>
public interface IClaimCounterGrain : IGrainWithStringKey
{
    /// <summary>Adds what a gateway has answered since its last report.</summary>
    /// <param name="claims">Of coupons on this silo, at most <see cref="CouponClaimCounts.MaxReported"/>.</param>
    /// <exception cref="SiloGoneException">That silo is no member of the cluster any more. Nothing was added.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task Add(CouponClaimCounts[] claims);

    /// <summary>Reads the busiest coupons of this silo.</summary>
    /// <param name="count">How many at most.</param>
    /// <exception cref="SiloGoneException">That silo is no member of the cluster any more.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:02")]
    Task<SiloClaimCounts> Busiest(int count);
}

/// <summary>Answered claims of one silo.</summary>
/// <param name="Busiest">Its busiest coupons, the busiest one first.</param>
/// <param name="Claims">Of all its coupons since it has run.</param>
/// <param name="Since">When it began to count.</param>
[GenerateSerializer, Immutable]
public sealed record SiloClaimCounts([property: Id(0)] BusyCoupon[] Busiest, [property: Id(1)] ClaimCounts Claims, [property: Id(2)] DateTimeOffset Since);

/// <summary>A coupon among others.</summary>
/// <param name="Coupon">The coupon's <see cref="CouponId.Key"/>.</param>
/// <param name="Claims">Answered since its silo has known it.</param>
/// <param name="Recent">Its recent claims: each counts for less the longer ago it was.</param>
/// <param name="Age">The time since it was claimed, created or watched last; <see cref="TimeSpan.MaxValue"/> where it was not, since its silo has run.</param>
[GenerateSerializer, Immutable]
public readonly record struct BusyCoupon(
    [property: Id(0)] string Coupon, [property: Id(1)] ClaimCounts Claims, [property: Id(2)] double Recent, [property: Id(3)] TimeSpan Age);
