using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using SecKill.Grains.Interfaces;

namespace SecKill.Gateway.OpenApi;

/// <summary>A registration, as it is described; <see cref="Users.UsersApi"/> reads it.</summary>
internal sealed record RegistrationBody(
    [property: JsonPropertyName("username"), Description("Unique. No control characters."), MinLength(1), MaxLength(NameRules.MaxUserNameLength)] string Username,
    [property: JsonPropertyName("password"), Description("Any that is not empty."), MinLength(1)] string Password,
    [property: JsonPropertyName("kind"), Description("`saler` is this API's word for a seller."), AllowedValues("customer", "saler")] string Kind);

/// <summary>A log-in, as it is described; <see cref="Auth.AuthApi"/> reads it.</summary>
internal sealed record LogInBody(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("password")] string Password);

/// <summary>A new coupon, as it is described; <see cref="Coupons.CouponsApi"/> reads it.</summary>
internal sealed record CouponBody(
    [property: JsonPropertyName("name"), Description("Unique among the seller's coupons. No control characters, not `.` or `..`."), MinLength(1), MaxLength(NameRules.MaxCouponTextLength)] string Name,
    [property: JsonPropertyName("amount"), Description("How many pieces there are."), Range(1, int.MaxValue)] int Amount,
    [property: JsonPropertyName("stock"), Description("The face value; the name is this API's own."), Range(0, int.MaxValue)] int Stock,
    [property: JsonPropertyName("description"), Description("May be empty, null or missing."), MaxLength(NameRules.MaxCouponTextLength)] string? Description = null);
