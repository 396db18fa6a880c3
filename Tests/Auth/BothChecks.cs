using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecKill.Gateway.Auth;
using SecKill.Grains.Interfaces.Sessions;
using SecKill.Tests.Api;

namespace SecKill.Tests.Auth;

/// <summary>The two checks of one gateway over the same tokens: the quick one, and JwtBearer as the gateway sets it up.</summary>
public sealed class BothChecks : IAsyncDisposable
{
    private readonly WebApplication _gateway;
    private readonly QuickTokenCheck _quick;

    public BothChecks()
    {
        var builder = WebApplication.CreateBuilder();
        // JwtBearer tells of each refusal, and here are thousands.
        builder.Logging.ClearProviders();
        builder.Configuration["Auth:SigningKey"] = Convert.ToBase64String(Key);
        // Log-outs are put in by the tests; nobody is asked for them.
        builder.Services.AddSingleton(DispatchProxy.Create<IGrainFactory, Unasked>());
        builder.Services.AddTokenCheck(builder.Configuration);
        _gateway = builder.Build();
        _quick = _gateway.Services.GetRequiredService<QuickTokenCheck>();
    }

    public byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    public Tokens Tokens => new(Key);

    internal string Issue(Caller caller) => _gateway.Services.GetRequiredService<TokenIssuer>().Issue(caller);

    internal Task LogOutAsync(string id) =>
        _gateway.Services.GetRequiredService<Revocations>().Revoked(new RevokedToken(id, DateTimeOffset.UtcNow.AddHours(1)));

    internal Caller? Quick(string header) => _quick.TryRead(header, out var caller) ? caller : null;

    internal async Task<Caller?> JwtBearerAsync(string header)
    {
        await using var scope = _gateway.Services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Headers.Authorization = header;
        var ticket = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return ticket.Succeeded && Caller.TryRead(ticket.Principal, out var caller) ? caller : null;
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    public class Unasked : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException();
    }
}
