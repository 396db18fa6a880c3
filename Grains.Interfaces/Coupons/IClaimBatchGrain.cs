namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Has claims for many coupons of one silo decided in one call: with a thousand coupons on sale a gateway has one or two claims for each at
/// a time, and a call each would cost more than all the rest. Open sales are decided by one script call for all of them; for the other
/// coupons their grains are asked. The key is the silo's address, see <see cref="ClaimReply.Silo"/>.
/// </summary>
public interface IClaimBatchGrain : IGrainWithStringKey
{
    /// <summary>Has the claims decided, each coupon's in their order.</summary>
    /// <returns>One reply a coupon, in order. One that could not be asked is undecided.</returns>
    /// <exception cref="SiloGoneException">That silo is no member of the cluster any more. Nothing was decided.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:04")]
    Task<ClaimReply[]> Claim(CouponClaims[] claims);
}

/// <summary>Claims for one coupon, named by its <see cref="CouponId.Key"/>, among those for others.</summary>
[GenerateSerializer, Immutable]
public readonly record struct CouponClaims([property: Id(0)] string Coupon, [property: Id(1)] ClaimBatch Batch);
