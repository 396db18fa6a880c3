using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Http;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Gateway.Auth;

/// <summary>
/// Sets up JwtBearer, which asks <see cref="TokenReader"/> first and so takes no token that the quick routes would refuse, and what a
/// refusal looks like. What the reader takes, JwtBearer checks once more: a second opinion, which tests hold to be the same.
/// </summary>
internal static class TokenCheck
{
    /// <summary>Adds authentication and authorization.</summary>
    /// <exception cref="ConfigurationException">A setting of the section <c>Auth</c> is wrong.</exception>
    public static void AddTokenCheck(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<AuthOptions>(configuration, AuthOptions.Section);
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<TokenReader>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Revocations>();
        services.AddHostedService(provider => provider.GetRequiredService<Revocations>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, TokenReader>((bearer, auth, tokens) => Configure(bearer, auth.Value, tokens));
        services.AddAuthorization();
        // Authentication brings data protection along, for cookies, which nobody here uses. Its start would write a key to
        // the home folder.
        var keyWriter = services.Single(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly);
        services.Remove(keyWriter);
    }

    /// <summary>Which tokens are good, log-outs aside.</summary>
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
            OnChallenge = async context =>
            {
                context.HandleResponse();
                context.Response.Headers.WWWAuthenticate = JwtBearerDefaults.AuthenticationScheme;
                await Reply.Unauthorized(context.AuthenticateFailure switch
                {
                    null => "No token, or none that can be read. Log in first.",
                    SecurityTokenExpiredException => "The token has expired. Log in again.",
                    _ => "The token is not valid. Log in again.",
                }).ExecuteAsync(context.HttpContext);
            },
        };
    }
}
