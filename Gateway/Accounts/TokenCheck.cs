using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Operators;

namespace SecKill.Gateway.Accounts;

/// <summary>
/// Sets up JwtBearer, which asks <see cref="TokenReader"/> first and so takes no token that the hot routes would refuse, and the refusals.
/// What the reader takes, JwtBearer checks once more: a second opinion, which tests hold to be the same.
/// </summary>
internal static class TokenCheck
{
    private static readonly Reply _none = Reply.Unauthorized("No token, or none that can be read. Log in first.");
    private static readonly Reply _expired = Reply.Unauthorized("The token has expired. Log in again.");
    private static readonly Reply _invalid = Reply.Unauthorized("The token is not valid. Log in again.");

    /// <summary>The answers to a token that is not valid.</summary>
    public static IReadOnlyList<Reply> Refusals { get; } = [_none, _expired, _invalid];

    /// <summary>Adds authentication and authorization.</summary>
    public static void AddTokenCheck(this IServiceCollection services)
    {
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<TokenReader>();
        services.AddSingleton<Revocations>();
        services.AddHostedService(provider => provider.GetRequiredService<Revocations>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, TokenReader>((bearer, auth, tokens) => Configure(bearer, auth.Value, tokens));
        services.AddAuthorization();
        // Authentication brings Data Protection along, which would write a key to the home folder.
        services.AddOperatorKeys();
    }

    /// <summary>Which tokens are valid, log-outs aside.</summary>
    internal static TokenValidationParameters Parameters(AuthOptions auth) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ValidTypes = [JwtConstants.HeaderType],
        IssuerSigningKey = new SymmetricSecurityKey(auth.KeyBytes),
        ValidateIssuerSigningKey = true,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ValidIssuer = auth.Issuer,
        ValidAudience = auth.Audience,
        ClockSkew = TimeSpan.Zero,
        NameClaimType = Caller.NameClaim,
    };

    private static void Configure(JwtBearerOptions bearer, AuthOptions auth, TokenReader tokens)
    {
        bearer.MapInboundClaims = false;
        bearer.TokenValidationParameters = Parameters(auth);
        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                var headers = context.Request.Headers.Authorization;
                switch (tokens.ReadOne(headers, out _))
                {
                    case TokenState.None:
                        context.NoResult();
                        break;
                    case TokenState.Expired:
                        context.Fail(new SecurityTokenExpiredException());
                        break;
                    case TokenState.Invalid:
                        context.Fail("The token was not issued here, or was logged out.");
                        break;
                    default:
                        context.Token = TokenReader.Bare(headers[0]).ToString();
                        break;
                }
                return Task.CompletedTask;
            },
            OnChallenge = context =>
            {
                context.HandleResponse();
                context.Response.Headers.WWWAuthenticate = JwtBearerDefaults.AuthenticationScheme;
                var refusal = context.AuthenticateFailure switch
                {
                    null => _none,
                    SecurityTokenExpiredException => _expired,
                    _ => _invalid,
                };
                return refusal.ExecuteAsync(context.HttpContext);
            },
        };
    }
}
