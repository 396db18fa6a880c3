using System.Buffers;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Http;
using SecKill.Silo.Hosting;

namespace SecKill.Gateway.Auth;

/// <summary>Sets up JwtBearer: which tokens are good, where clients put them, and what a refusal looks like.</summary>
internal static class TokenCheck
{
    private const string Prefix = "Bearer ";

    /// <summary>base64url and the dots between the parts. JwtBearer is lenient about padding; a token has one spelling here.</summary>
    private static readonly SearchValues<char> _tokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Adds authentication and authorization.</summary>
    /// <exception cref="ConfigurationException">A setting of the section <c>Auth</c> is wrong.</exception>
    public static void AddTokenCheck(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<AuthOptions>(configuration, AuthOptions.Section);
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<QuickTokenCheck>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Revocations>();
        services.AddHostedService(provider => provider.GetRequiredService<Revocations>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, Revocations>((bearer, auth, revocations) => Configure(bearer, auth.Value, revocations));
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

    private static void Configure(JwtBearerOptions bearer, AuthOptions auth, Revocations revocations)
    {
        bearer.MapInboundClaims = false;
        bearer.TokenValidationParameters = Parameters(auth);
        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                // Of two headers neither: whichever we took, a proxy may have meant the other.
                context.Token = context.Request.Headers.Authorization is [var header] ? Read(header) : null;
                if (context.Token is null)
                    context.NoResult();
                return Task.CompletedTask;
            },
            OnTokenValidated = context =>
            {
                if (!Caller.TryRead(context.Principal!, out _))
                    context.Fail("The token names no possible user.");
                else if (context.SecurityToken is not JsonWebToken { Id.Length: > 0 } token || revocations.Contains(token.Id))
                    context.Fail("The token was logged out.");
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

    /// <summary>The token in a header's value: bare, or after the usual prefix in any case, spaces around it aside.</summary>
    internal static ReadOnlySpan<char> Trim(string? header)
    {
        var token = header.AsSpan().Trim(' ');
        return token.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? token[Prefix.Length..].TrimStart(' ') : token;
    }

    private static string? Read(string? header)
    {
        var token = Trim(header);
        return token.IsEmpty || token.ContainsAnyExcept(_tokenCharacters) ? null : token.ToString();
    }
}
