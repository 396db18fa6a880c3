namespace SecKill.Grains.Interfaces.Lists;

/// <summary>
/// A coupon in a list. A customer's own coupons come without `amount` and `left`, and with `seller` on request. A coupon whose stock
/// cannot be verified comes without `left`, and while SQL does not answer either without `amount`.
/// </summary>
/// <param name="Name">Unique among the seller's coupons.</param>
/// <param name="Stock">The face value; the name is this API's own.</param>
/// <param name="Description">May be empty.</param>
/// <param name="Amount">Units in all.</param>
/// <param name="Left">Unclaimed units.</param>
/// <param name="Seller">The seller's name.</param>
/// <param name="State">What the sale is at; in a search alone, and not where the stock cannot be verified.</param>
/// <remarks>The one row from the grain to the client: the gateway writes it as it is.</remarks>
[GenerateSerializer, Immutable]
public sealed record CouponItem(
    [property: Id(0)] string Name,
    [property: Id(1)] int Stock,
    [property: Id(2)] string Description,
    [property: Id(3)] int? Amount = null,
    [property: Id(4)] int? Left = null,
    [property: Id(5)] string? Seller = null,
    [property: Id(6)] SaleState? State = null);
