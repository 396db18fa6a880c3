namespace SecKill.Grains.Interfaces.Feed;

/// <summary>
/// Reads what the ledger has recorded, for sellers and operators, on the silo on which the call arrives. Its key is 0. Reads of rows queue,
/// so that exports take a few connections of the ledger and no more; the others, some of which wait for Redis, do not.
/// </summary>
public interface IFeedGrain : IGrainWithIntegerKey
{
    /// <summary>Finds a coupon's feed.</summary>
    /// <returns>Null where there is no such coupon.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<FeedHead?> Open(CouponId coupon);

    /// <summary>Reads the claims that follow a number, in the order of their numbers.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached, or has lost the coupon meanwhile.</exception>
    [ResponseTimeout("00:00:10")]
    Task<FeedClaim[]> Claims(FeedQuery query);

    /// <summary>Reads the events that follow a number, claims among them, in the order of their numbers.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached, or has lost the coupon meanwhile.</exception>
    [ResponseTimeout("00:00:10")]
    Task<FeedEvent[]> Events(FeedQuery query);

    /// <summary>Reads the conflicts of redemptions that follow a number, in the order of their numbers.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached, or has lost the coupon meanwhile.</exception>
    [ResponseTimeout("00:00:10")]
    Task<RedemptionConflict[]> Conflicts(FeedQuery query);

    /// <summary>Counts up a sale.</summary>
    /// <returns>Null where there is no such coupon.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<SaleReport?> Report(CouponId coupon);

    /// <summary>Reads what a customer has claimed, in the order in which the coupons were created.</summary>
    /// <param name="customer">The name.</param>
    /// <param name="after">The <see cref="CustomerClaims.Next"/> of the page before; 0 for the first.</param>
    /// <returns>Null where there is no such customer.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<CustomerClaims?> Customer(UserName customer, long after);
}

/// <summary>A row of the ledger's coupons and no other, ever: pages of one export are of one coupon, although another may get its name.</summary>
/// <param name="Row">The row's id.</param>
/// <param name="Identity">Random.</param>
[GenerateSerializer, Immutable]
public readonly record struct FeedId([property: Id(0)] long Row, [property: Id(1)] long Identity);

/// <summary>A coupon's feed, found.</summary>
/// <param name="Feed">Which one.</param>
/// <param name="Queued">Claims that the ledger did not have yet, counted before it is read; null where Redis cannot tell.</param>
[GenerateSerializer, Immutable]
public sealed record FeedHead([property: Id(0)] FeedId Feed, [property: Id(1)] long? Queued);

/// <summary>A part of a feed.</summary>
/// <param name="Feed">Which one.</param>
/// <param name="After">The number that the first row follows.</param>
/// <param name="Count">How many rows at most, 1 to <see cref="MaxCount"/>.</param>
/// <param name="Customer">Of which customer alone; null for all. Claims only.</param>
[GenerateSerializer, Immutable]
public readonly record struct FeedQuery(
    [property: Id(0)] FeedId Feed, [property: Id(1)] long After, [property: Id(2)] int Count, [property: Id(3)] string? Customer = null)
{
    /// <summary>The most rows that one statement reads.</summary>
    public const int MaxCount = 1_000;
}

/// <summary>A claim in a feed; times in microseconds since 1970.</summary>
/// <param name="Seq">Its number: ascending in the order of recording, with gaps.</param>
/// <param name="Customer">Who won.</param>
/// <param name="At">When it was won.</param>
/// <param name="ReturnedAt">When the unit was given back; null while it is not.</param>
/// <param name="RedeemedAt">When the unit was used; null while it is not.</param>
[GenerateSerializer, Immutable]
public readonly record struct FeedClaim(
    [property: Id(0)] long Seq, [property: Id(1)] string Customer, [property: Id(2)] long At, [property: Id(3)] long? ReturnedAt,
    [property: Id(4)] long? RedeemedAt = null);

/// <summary>A unit that a till let pass while it was offline and should not have; times in microseconds since 1970.</summary>
/// <param name="No">Its number in the coupon's feed.</param>
/// <param name="Customer">Whose unit it is.</param>
/// <param name="Device">Which till let it pass.</param>
/// <param name="ScannedAt">When, by the till's clock; null where it did not tell.</param>
/// <param name="At">When the ledger learned of it.</param>
/// <param name="Reason">What it was already: <c>redeemed</c>, <c>returned</c>, <c>too-late</c>.</param>
/// <param name="RedeemedAt">Of the redemption that was first.</param>
/// <param name="RedeemedDevice">Its till.</param>
[GenerateSerializer, Immutable]
public readonly record struct RedemptionConflict(
    [property: Id(0)] long No, [property: Id(1)] string Customer, [property: Id(2)] string Device, [property: Id(3)] long? ScannedAt, [property: Id(4)] long At,
    [property: Id(5)] string Reason, [property: Id(6)] long? RedeemedAt, [property: Id(7)] string? RedeemedDevice);

/// <summary>An event in a feed.</summary>
/// <param name="No">Its number, of the same count as those of claims.</param>
/// <param name="Kind">One of <see cref="FeedKinds"/>.</param>
/// <param name="Customer">Whom it is about; null for none.</param>
/// <param name="At">When, in microseconds since 1970.</param>
[GenerateSerializer, Immutable]
public readonly record struct FeedEvent([property: Id(0)] long No, [property: Id(1)] string Kind, [property: Id(2)] string? Customer, [property: Id(3)] long At);

/// <summary>What a customer has claimed.</summary>
/// <param name="Recorded">Claims that the ledger has, at most <see cref="FeedQuery.MaxCount"/>.</param>
/// <param name="Queued">Won claims that the ledger does not have yet; with the first page.</param>
/// <param name="Next">Where the next page goes on; null after the last.</param>
/// <param name="Waiting">Coupons for which the customer waits, since when; with the first page.</param>
[GenerateSerializer, Immutable]
public sealed record CustomerClaims(
    [property: Id(0)] CustomerClaim[] Recorded, [property: Id(1)] CustomerClaim[] Queued, [property: Id(2)] long? Next,
    [property: Id(3)] CustomerClaim[]? Waiting = null);

/// <summary>A claim of one customer; times in microseconds since 1970.</summary>
/// <param name="Coupon">Of which coupon.</param>
/// <param name="At">When it was won.</param>
/// <param name="ReturnedAt">When the unit was given back; null while it is not.</param>
/// <param name="RedeemedAt">When the unit was used; null while it is not.</param>
[GenerateSerializer, Immutable]
public readonly record struct CustomerClaim(
    [property: Id(0)] CouponId Coupon, [property: Id(1)] long At, [property: Id(2)] long? ReturnedAt, [property: Id(3)] long? RedeemedAt = null);
