namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>What a seller fixes when creating a coupon; it never changes afterwards.</summary>
/// <param name="Amount">Units in all, 1 to 2,147,483,647.</param>
/// <param name="FaceValue">The face value; <c>stock</c> in JSON, SQL and Redis, the contract's word. 0 to 2,147,483,647.</param>
/// <param name="Description">At most 60 characters, may be empty.</param>
[GenerateSerializer, Immutable]
public sealed record CouponTerms(
    [property: Id(0)] int Amount,
    [property: Id(1)] int FaceValue,
    [property: Id(2)] string Description)
{
    /// <summary>In Unicode code points.</summary>
    public const int MaxDescriptionLength = 60;

    /// <summary>Says what is wrong with a description, or null where nothing is.</summary>
    public static string? FindDescriptionFault(string description) => NameRules.FindTextFault("Description", description, MaxDescriptionLength);
}
