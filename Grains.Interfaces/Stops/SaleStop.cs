namespace SecKill.Grains.Interfaces.Stops;

/// <summary>What operators stop: a coupon, all of a seller's, or everything.</summary>
/// <param name="Seller">Empty for everything.</param>
/// <param name="Coupon">Empty for all of the seller's.</param>
[GenerateSerializer, Immutable]
public sealed record SaleStop([property: Id(0)] string Seller, [property: Id(1)] string Coupon)
{
    /// <summary>Everything.</summary>
    public static SaleStop All { get; } = new("", "");

    /// <summary>A seller's coupons.</summary>
    public static SaleStop Of(UserName seller) => new(seller.Value, "");

    /// <summary>One coupon.</summary>
    public static SaleStop Of(CouponId coupon) => new(coupon.Seller.Value, coupon.Name.Value);

    /// <summary>As it stands in the record of operations.</summary>
    public override string ToString() => this switch
    {
        { Seller: "" } => "all",
        { Coupon: "" } => Uri.EscapeDataString(Seller),
        _ => CouponId.Known(Seller, Coupon).Key,
    };
}
