using System.Text.Json.Serialization;

namespace SecKill.Grains.Interfaces.Lists;

/// <summary>
/// A row of a list, from the grain to the client. A customer's own list does not tell amount and left, and the seller only on demand. Left
/// is not told if the coupon's stock cannot be verified.
/// </summary>
/// <param name="Name">The coupon's name.</param>
/// <param name="Stock">The face value (the contract's word for it).</param>
/// <param name="Description">The seller's description, may be empty.</param>
/// <param name="Amount">Units in all.</param>
/// <param name="Left">Units left.</param>
/// <param name="Seller">The seller's user name.</param>
[GenerateSerializer, Immutable]
public sealed record CouponItem(
    [property: Id(0), JsonPropertyName("name")] string Name,
    [property: Id(1), JsonPropertyName("stock")] int Stock,
    [property: Id(2), JsonPropertyName("description")] string Description,
    [property: Id(3), JsonPropertyName("amount")] int? Amount = null,
    [property: Id(4), JsonPropertyName("left")] int? Left = null,
    [property: Id(5), JsonPropertyName("seller")] string? Seller = null);
