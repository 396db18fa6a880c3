using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.OpenApi;

// The forms of requests, for the document alone: handlers read bodies by JsonBody.

/// <summary>A new account.</summary>
internal sealed record RegistrationBody(
    [property: JsonPropertyName("username"), Description("Unique. No control characters, none that change the direction of writing, and at least one that can be seen."), MinLength(1), MaxLength(UserName.MaxLength)] string Username,
    [property: JsonPropertyName("password"), Description("Any that is not empty and has no control characters."), MinLength(1)] string Password,
    [property: JsonPropertyName("kind"), Description("`saler` is this API's word for a seller."), AllowedValues("customer", "saler")] string Kind);

/// <summary>Who logs in.</summary>
internal sealed record LogInBody(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("password")] string Password);

/// <summary>A new coupon.</summary>
internal sealed record CouponBody(
    [property: JsonPropertyName("name"), Description("Unique among the seller's coupons. No control characters, none that change the direction of writing, at least one that can be seen, not `.` or `..`."), MinLength(1), MaxLength(CouponName.MaxLength)] string Name,
    [property: JsonPropertyName("amount"), Description("How many pieces there are."), Range(1, int.MaxValue)] int Amount,
    [property: JsonPropertyName("stock"), Description("The face value; the name is this API's own."), Range(0, int.MaxValue)] int Stock,
    [property: JsonPropertyName("description"), Description("May be empty or missing."), MaxLength(CouponTerms.MaxDescriptionLength)] string? Description = null);
