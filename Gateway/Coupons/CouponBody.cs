using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Coupons;

/// <summary>A new coupon.</summary>
internal sealed record CouponBody(
    [property: Description("Unique among the seller's coupons. No control characters, none that change the direction of writing, at least one that can be seen, not `.` or `..`."), MinLength(1), MaxLength(CouponName.MaxLength), Required] string Name = "",
    [property: Description("How many units there are."), Range(1, int.MaxValue), Required] int? Amount = null,
    [property: Description("The face value; the name is this API's own."), Range(0, int.MaxValue), Required] int? Stock = null,
    [property: Description("May be empty or missing."), MaxLength(CouponTerms.MaxDescriptionLength)] string? Description = null,
    [property: Description("When the sale begins, in milliseconds since 1970. Missing: at once.")] decimal? StartsAt = null,
    [property: Description("When the sale ends: the first moment in which nothing is sold any more, in milliseconds since 1970. Missing: never.")] decimal? EndsAt = null,
    [property: Description("Whether an owner may give the unit back: `no`, or `once`, which is for ever for that customer. Missing: `no`.")] string? Returns = null,
    [property: Description("Until when, in milliseconds since 1970: the first moment in which none is taken back any more. Missing: always. Needs `returns`.")] decimal? ReturnUntil = null,
    [property: Description("How many customers may wait for a unit at a time. Missing or 0: none.")] decimal? Waitlist = null,
    [property: Description("Until when units are redeemed, in milliseconds since 1970: the first moment in which none is any more. Missing: always.")] decimal? RedeemUntil = null) : IBodyForm
{
    public static IReadOnlyDictionary<string, object> Examples { get; } = new Dictionary<string, object>
    {
        ["breakfast"] = new CouponBody("breakfast", 20, 5, "早餐"),
        ["flash"] = new CouponBody("lunch", 500, 10, "午餐", StartsAt: 1_798_761_600_000, EndsAt: 1_798_765_200_000),
        ["returns"] = new CouponBody("matinee", 200, 12, "", Returns: "once", ReturnUntil: 1_798_765_200_000),
    };
}
