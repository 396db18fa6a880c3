using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SecKill.Gateway.Accounts;

/// <summary>Issues tokens: HS256, with user name and kind, and nothing secret.</summary>
internal sealed class TokenIssuer(IOptions<AuthOptions> options, TimeProvider time)
{
    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly SigningCredentials _credentials = new(new SymmetricSecurityKey(options.Value.KeyBytes), SecurityAlgorithms.HmacSha256);

    public string Issue(Caller caller)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            IssuedAt = now,
            Expires = now + options.Value.TokenLifetime,
            SigningCredentials = _credentials,
            Subject = new ClaimsIdentity(
            [
                new Claim(Caller.NameClaim, caller.Name.Value),
                new Claim(Caller.KindClaim, KindWords.Of(caller.Kind)),
                new Claim(JwtRegisteredClaimNames.Jti, Guid.NewGuid().ToString("N")),
            ]),
        });
    }
}
