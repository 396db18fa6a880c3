namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>A coupon as a list shows it.</summary>
/// <param name="Name">The coupon's name.</param>
/// <param name="Terms">What the seller fixed.</param>
/// <param name="Left">Units left; null in a customer's own list, which does not tell it, and where the stock cannot be verified.</param>
/// <param name="Seller">The seller; set in a customer's own list only.</param>
[GenerateSerializer, Immutable]
public sealed record CouponView(
    [property: Id(0)] string Name,
    [property: Id(1)] CouponTerms Terms,
    [property: Id(2)] int? Left,
    [property: Id(3)] string? Seller = null);
