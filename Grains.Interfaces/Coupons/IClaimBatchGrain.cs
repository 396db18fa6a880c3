using Orleans.Concurrency;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Carries claims for many coupons to one silo in one call: with a thousand coupons on sale a gateway has one or two
/// claims for each at a time, and a call each would cost more than all the rest. Coupons whose grain
/// allows it are claimed by one script call for all of them; the other ones' grains get their claims. The key is the silo's address, as <see cref="ClaimReply.Silo"/> tells it.
/// </summary>
public interface IClaimBatchGrain : IGrainWithStringKey
{
    /// <summary>Has the claims decided, each coupon's in its order.</summary>
    /// <returns>One reply a coupon, in order. One that could not be asked is undecided.</returns>
    /// <exception cref="SiloGoneException">That silo is no member of the cluster any more. Nothing was decided.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:04")]
    Task<ClaimReply[]> Claim(CouponClaims[] claims);
}

/// <summary>Claims for one coupon among those for others.</summary>
/// <param name="Coupon">The coupon's <see cref="CouponId.Key"/>.</param>
/// <param name="Batch">The claims.</param>
[GenerateSerializer, Immutable]
public readonly record struct CouponClaims([property: Id(0)] string Coupon, [property: Id(1)] ClaimBatch Batch);

/// <summary>
/// A call that belongs on a certain silo was not made, for that silo is gone. No <c>OrleansException</c>: Orleans would try those
/// again before it tells the caller, and nobody else throws this one, so by this call nothing was done.
/// </summary>
[GenerateSerializer]
public sealed class SiloGoneException : Exception
{
    /// <summary>Names the silo.</summary>
    public SiloGoneException(string message) : base(message) { }

    /// <summary>For serializers.</summary>
    public SiloGoneException() { }
}
