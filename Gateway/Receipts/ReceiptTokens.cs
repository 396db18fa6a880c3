using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Gateway.Receipts;

/// <summary>Signs receipts: JWS in the compact form, ES256. Of another type and key than the tokens of users, so that neither passes for the other.</summary>
internal sealed class ReceiptTokens(ReceiptKeys keys, IOptions<AuthOptions> auth)
{
    /// <summary>The header <c>typ</c>.</summary>
    public const string Type = "seckill-receipt+jwt";

    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Signs a receipt; null where there is no key.</summary>
    public string? Sign(CouponId coupon, UserName customer, ReceiptReply receipt)
    {
        if (keys.Signing is not { } signing)
            return null;
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Jti] = receipt.Code!,
            [JwtRegisteredClaimNames.Sub] = customer.Value,
            ["seller"] = coupon.Seller.Value,
            ["coupon"] = coupon.Name.Value,
            ["stock"] = receipt.FaceValue,
            // When the unit was won, in seconds as the standard has it: the same receipt each time it is asked for.
            [JwtRegisteredClaimNames.Iat] = receipt.ClaimedAt / 1_000_000,
        };
        if (receipt.RedeemUntil is { } until)
            claims[JwtRegisteredClaimNames.Exp] = until / 1_000_000;
        return _handler.CreateToken(new SecurityTokenDescriptor { TokenType = Type, Issuer = auth.Value.Issuer, Claims = claims, SigningCredentials = signing });
    }
}
