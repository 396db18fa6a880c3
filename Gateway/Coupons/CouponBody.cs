using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Coupons;

/// <summary>A new coupon.</summary>
internal sealed record CouponBody(
    [property: Description("Unique among the seller's coupons. No control characters, none that change the direction of writing, at least one that can be seen, not `.` or `..`."), MinLength(1), MaxLength(CouponName.MaxLength), Required] string? Name,
    [property: Description("How many units there are."), Range(1, int.MaxValue), Required] int? Amount,
    [property: Description("The face value; the name is this API's own."), Range(0, int.MaxValue), Required] int? Stock,
    [property: Description("May be empty or missing."), MaxLength(CouponTerms.MaxDescriptionLength)] string? Description = null) : IBodyForm<CouponBody>
{
    /// <inheritdoc/>
    public static IReadOnlyDictionary<string, CouponBody> Examples { get; } = new Dictionary<string, CouponBody> { ["breakfast"] = new("breakfast", 20, 5, "早餐") };

    /// <inheritdoc/>
    public static CouponBody? Read(JsonElement body) =>
        body.TryGetText("name", out var name) && TryGetDescription(body, out var description)
            && body.TryGetNumber("amount", out var amount) && body.TryGetNumber("stock", out var stock)
            ? new(name, amount, stock, description)
            : null;

    /// <summary>A missing, null or empty description is the same.</summary>
    private static bool TryGetDescription(JsonElement body, out string? description)
    {
        description = null;
        return (body.TryGetProperty("description", out var field) && field.ValueKind == JsonValueKind.Null) || body.TryGetText("description", out description);
    }
}
