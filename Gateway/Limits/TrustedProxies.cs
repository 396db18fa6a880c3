using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using SecKill.ServiceDefaults.Logs;

namespace SecKill.Gateway.Limits;

/// <summary>Takes the client's address from the proxies in <see cref="LimitOptions.TrustedProxies"/> only.</summary>
internal static class TrustedProxies
{
    /// <summary>
    /// Turns off the framework's own switch: <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> adds a middleware that trusts every client.
    /// </summary>
    public static void AddTrustedProxies(this IServiceCollection services)
    {
        services.PostConfigure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.None);
        services.AddSingleton<ProxyHint>();
    }

    /// <summary>Walks back along the trusted proxies; the first other address is the client's.</summary>
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

/// <summary>Warns once of a proxy that may be missing from the trusted ones: all clients behind it share one limit.</summary>
internal sealed partial class ProxyHint(ILogger<ProxyHint> logger)
{
    private bool _hasWarned;

    /// <summary>A client address is over a limit.</summary>
    public void Consider(HttpContext context)
    {
        if (context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName) && !Interlocked.Exchange(ref _hasWarned, true))
            LogNotTrusted(context.Connection.RemoteIpAddress);
    }

    [LoggerMessage(EventIds.ProxyNotTrusted, LogLevel.Warning,
        "{Address} is over a limit of one client address, and sends X-Forwarded-For. If it is a proxy of yours, name it in Limits:TrustedProxies; else all behind it share the limit. Told once.")]
    private partial void LogNotTrusted(IPAddress? address);
}
