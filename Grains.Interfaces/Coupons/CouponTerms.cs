namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>What a seller fixes when creating a coupon. Amount and window can be changed later, see <c>version</c> in the ledger.</summary>
/// <param name="Amount">Units in all, 1 to 2,147,483,647.</param>
/// <param name="FaceValue">The face value; <c>stock</c> in JSON, SQL and Redis, the contract's word. 0 to 2,147,483,647.</param>
/// <param name="Description">At most 60 characters, may be empty.</param>
/// <param name="StartsAt">The first moment of the sale, in microseconds since 1970; null to be on sale at once.</param>
/// <param name="EndsAt">The first moment after the sale, in microseconds since 1970; null for none.</param>
/// <param name="Returns">Whether an owner may give the unit back.</param>
/// <param name="ReturnUntil">The first moment in which none is taken back any more, in microseconds since 1970; null for none.</param>
/// <param name="Waitlist">How many customers may wait for a unit at a time; 0 for no waiting list.</param>
/// <param name="RedeemUntil">The first moment in which no unit is redeemed any more, in microseconds since 1970; null for none.</param>
[GenerateSerializer, Immutable]
public sealed record CouponTerms(
    [property: Id(0)] int Amount,
    [property: Id(1)] int FaceValue,
    [property: Id(2)] string Description,
    [property: Id(3)] long? StartsAt = null,
    [property: Id(4)] long? EndsAt = null,
    [property: Id(5)] bool Returns = false,
    [property: Id(6)] long? ReturnUntil = null,
    [property: Id(7)] int Waitlist = 0,
    [property: Id(8)] long? RedeemUntil = null)
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxDescriptionLength = 60;

    /// <summary>The longest waiting list.</summary>
    public const int MaxWaitlist = 1_000_000;

    /// <summary>Whether there is more to it than amount, face value and text: such a coupon has versions from its creation on.</summary>
    public bool UsesFeatures => StartsAt is not null || EndsAt is not null || Returns || Waitlist > 0 || RedeemUntil is not null;

    /// <summary>Says what is wrong with a description, or null where nothing is.</summary>
    public static string? FindDescriptionFault(string description) => NameRules.FindTextFault("Description", description, MaxDescriptionLength);
}
