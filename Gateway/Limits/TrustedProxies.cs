using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace SecKill.Gateway.Limits;

/// <summary>Whose word on a client's address is taken: that of <see cref="LimitOptions.TrustedProxies"/> alone.</summary>
internal static class TrustedProxies
{
    /// <summary>
    /// Takes the framework's own switch away: <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> puts a middleware before all others that believes
    /// any client.
    /// </summary>
    public static void AddTrustedProxies(this IServiceCollection services)
    {
        services.PostConfigure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.None);
        services.AddSingleton<ProxyHint>();
    }

    /// <summary>Goes back along the proxies as long as they are trusted; the first address that is not is the client's.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<LimitOptions>>().Value.Proxies;
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(proxy);
        app.UseForwardedHeaders(options);
    }
}

/// <summary>Tells an operator who may have forgotten to name a proxy, so that all behind it share one limit.</summary>
internal sealed partial class ProxyHint(ILogger<ProxyHint> logger)
{
    private bool _wasGiven;

    /// <summary>A client address is over a limit.</summary>
    public void Consider(HttpContext context)
    {
        if (context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName) && !Interlocked.Exchange(ref _wasGiven, true))
            LogNotBelieved(context.Connection.RemoteIpAddress);
    }

    [LoggerMessage(LogLevel.Warning,
        "{Address} is over a limit of one client address, and sends X-Forwarded-For. If it is a proxy of yours, name it in Limits:TrustedProxies; else all behind it share the limit. Told once.")]
    private partial void LogNotBelieved(IPAddress? address);
}
