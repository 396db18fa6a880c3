using Microsoft.AspNetCore.HttpOverrides;

namespace SecKill.Gateway.Limits;

/// <summary>Takes the client's address from the proxies in <see cref="LimitOptions.TrustedProxies"/> only.</summary>
internal static class TrustedProxies
{
    public static void AddTrustedProxies(this IServiceCollection services)
    {
        // Last, against the framework's own switch: ASPNETCORE_FORWARDEDHEADERS_ENABLED would trust every client.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<LimitOptions>>((forwarded, limits) =>
        {
            var proxies = limits.Value.Proxies;
            forwarded.ForwardedHeaders = proxies.Count > 0 ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None;
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in proxies)
                forwarded.KnownIPNetworks.Add(proxy);
        });
        services.AddSingleton<ProxyHint>();
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
