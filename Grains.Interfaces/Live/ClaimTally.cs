using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Interfaces.Live;

/// <summary>How many claims were answered with what. A claim of no coupon belongs to no sale and is not counted.</summary>
/// <param name="Claimed">With <see cref="ClaimOutcome.Claimed"/>.</param>
/// <param name="AlreadyClaimed">With <see cref="ClaimOutcome.AlreadyClaimed"/>.</param>
/// <param name="SoldOut">With <see cref="ClaimOutcome.SoldOut"/>.</param>
/// <param name="Undecided">With <see cref="ClaimOutcome.Undecided"/>.</param>
[GenerateSerializer, Immutable]
public readonly record struct ClaimTally(
    [property: Id(0)] long Claimed, [property: Id(1)] long AlreadyClaimed, [property: Id(2)] long SoldOut, [property: Id(3)] long Undecided)
{
    /// <summary>All claims.</summary>
    public long Total => Claimed + AlreadyClaimed + SoldOut + Undecided;

    /// <summary>Both together.</summary>
    public static ClaimTally operator +(ClaimTally left, ClaimTally right) => new(
        left.Claimed + right.Claimed, left.AlreadyClaimed + right.AlreadyClaimed, left.SoldOut + right.SoldOut, left.Undecided + right.Undecided);
}

/// <summary>Claims of one coupon that were answered.</summary>
/// <param name="Coupon">The coupon's <see cref="CouponId.Key"/>.</param>
/// <param name="Claims">How many.</param>
[GenerateSerializer, Immutable]
public readonly record struct CouponTally([property: Id(0)] string Coupon, [property: Id(1)] ClaimTally Claims)
{
    /// <summary>The most of them in one report.</summary>
    public const int MaxReported = 1_000;
}
