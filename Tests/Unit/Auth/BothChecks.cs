using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecKill.Gateway.Accounts;
using SecKill.Grains.Interfaces.Sessions;
using SecKill.ServiceDefaults.Configuration;
using SecKill.Tests.LocalServers.Api;
using SecKill.Tests.Unit.Claims;

using TokenReader = SecKill.Gateway.Accounts.TokenReader;

namespace SecKill.Tests.Unit.Auth;

/// <summary>Three checks of the same tokens: the reader alone (quick routes), the gateway's pipeline, and the library alone.</summary>
public sealed class BothChecks : IAsyncDisposable
{
    private readonly WebApplication _gateway;
    private readonly TokenReader _reader;
    private readonly JsonWebTokenHandler _library = new() { MapInboundClaims = false };
    private readonly TokenValidationParameters _parameters;

    public BothChecks()
    {
        var builder = WebApplication.CreateBuilder();
        // JwtBearer tells of each refusal, and here are thousands.
        builder.Logging.ClearProviders();
        builder.Configuration["Auth:SigningKey"] = Convert.ToBase64String(Key);
        // Tests add log-outs directly; no grain is asked for them.
        builder.Services.AddSingleton(FakeGrains.With((_, _) => throw new NotSupportedException()));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSettings([typeof(AuthOptions)]);
        builder.Services.AddTokenCheck();
        _gateway = builder.Build();
        _parameters = TokenCheck.Parameters(new AuthOptions { SigningKey = Convert.ToBase64String(Key) });
        _reader = _gateway.Services.GetRequiredService<TokenReader>();
    }

    public byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    public Tokens Tokens => new(Key);

    internal string Issue(Caller caller) => _gateway.Services.GetRequiredService<TokenIssuer>().Issue(caller);

    internal Task LogOutAsync(string token)
    {
        var payload = Tokens.Payload(token);
        return _gateway.Services.GetRequiredService<Revocations>()
            .Revoked(new RevokedToken((string)payload["jti"]!, DateTimeOffset.FromUnixTimeSeconds((long)payload["exp"]!)));
    }

    internal Caller? Quick(string header) => _reader.Read(header, out var token) == TokenState.Good ? token.Caller : null;

    /// <summary>Whether the library takes a token under our parameters; it is the more lenient one.</summary>
    internal async Task<bool> LibraryTakesAsync(string token) =>
        (await _library.ValidateTokenAsync(token, _parameters)).IsValid;

    internal async Task<Caller?> PipelineAsync(string header)
    {
        await using var scope = _gateway.Services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Headers.Authorization = header;
        var ticket = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return ticket.Succeeded && Caller.TryRead(ticket.Principal, out var caller) ? caller : null;
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();
}
