using System.Text.Json.Serialization;

namespace SecKill.Grains.Interfaces.Live;

/// <summary>Answered claims by outcome. <see cref="ClaimOutcome.NoSuchCoupon"/> is not counted: it belongs to no sale.</summary>
/// <param name="Claimed">With <see cref="ClaimOutcome.Claimed"/>.</param>
/// <param name="AlreadyClaimed">With <see cref="ClaimOutcome.AlreadyClaimed"/>.</param>
/// <param name="SoldOut">With <see cref="ClaimOutcome.SoldOut"/>.</param>
/// <param name="Undecided">With <see cref="ClaimOutcome.Undecided"/>.</param>
/// <param name="NotStarted">With <see cref="ClaimOutcome.NotStarted"/>.</param>
/// <param name="Ended">With <see cref="ClaimOutcome.Ended"/>.</param>
/// <param name="Paused">With <see cref="ClaimOutcome.Paused"/>.</param>
/// <param name="Returned">With <see cref="ClaimOutcome.Returned"/>.</param>
/// <param name="Waiting">With <see cref="ClaimOutcome.Waiting"/>.</param>
[GenerateSerializer, Immutable]
public readonly record struct ClaimCounts(
    [property: Id(0)] long Claimed, [property: Id(1)] long AlreadyClaimed, [property: Id(2)] long SoldOut, [property: Id(3)] long Undecided,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long NotStarted = 0,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Ended = 0,
    [property: Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Paused = 0,
    [property: Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Returned = 0,
    [property: Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Waiting = 0)
{
    /// <summary>All claims.</summary>
    [JsonIgnore]
    public long Total => Claimed + AlreadyClaimed + SoldOut + Undecided + NotStarted + Ended + Paused + Returned + Waiting;

    /// <summary>The sum.</summary>
    public static ClaimCounts operator +(ClaimCounts left, ClaimCounts right) => new(
        left.Claimed + right.Claimed, left.AlreadyClaimed + right.AlreadyClaimed, left.SoldOut + right.SoldOut, left.Undecided + right.Undecided,
        left.NotStarted + right.NotStarted, left.Ended + right.Ended, left.Paused + right.Paused,
        left.Returned + right.Returned, left.Waiting + right.Waiting);
}

/// <summary>Answered claims a second by outcome.</summary>
/// <param name="Claimed">With <see cref="ClaimOutcome.Claimed"/>.</param>
/// <param name="AlreadyClaimed">With <see cref="ClaimOutcome.AlreadyClaimed"/>.</param>
/// <param name="SoldOut">With <see cref="ClaimOutcome.SoldOut"/>.</param>
/// <param name="Undecided">With <see cref="ClaimOutcome.Undecided"/>.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimRates(
    [property: Id(0)] double Claimed, [property: Id(1)] double AlreadyClaimed, [property: Id(2)] double SoldOut, [property: Id(3)] double Undecided);

/// <summary>Answered claims of one coupon.</summary>
/// <param name="Coupon">The coupon's <see cref="CouponId.Key"/>.</param>
/// <param name="Claims">How many.</param>
[GenerateSerializer, Immutable]
public readonly record struct CouponClaimCounts([property: Id(0)] string Coupon, [property: Id(1)] ClaimCounts Claims)
{
    /// <summary>The most coupons in one report.</summary>
    public const int MaxReported = 1_000;
}
