using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Limits;

/// <summary>
/// What the server takes from a connection, and how long it waits for it. Every number is said here, also where it is the server's
/// default, so that nothing is waited for without end. What an endpoint waits for is bounded by the time-outs of the grains' methods.
/// </summary>
internal static class ConnectionLimits
{
    // The longest names, every byte percent-encoded, need 1 KiB.
    private const int MaxRequestLineBytes = 8 * 1024;

    // Our longest token has 1 KiB. More is let in, so that a bad token is refused as a token (401) and not as a request (431).
    private const int MaxHeaderBytes = 32 * 1024;

    private const int MaxHeaders = 100;

    // Bytes a second of a body that comes. For an answer that goes: SlowReaders.
    private const double MinBodyRate = 1024;

    // Longer than a proxy keeps an idle connection (nginx: 60 s), or it would send a claim into one that is being closed.
    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(130);

    /// <summary>Sets up the server.</summary>
    public static void AddConnectionLimits(this IServiceCollection services)
    {
        services.AddSingleton<SlowReaders>();
        services.AddHostedService(provider => provider.GetRequiredService<SlowReaders>());
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<LimitOptions>, SlowReaders>((kestrel, options, slow) =>
        {
            Configure(kestrel, options.Value);
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(slow.Watch));
        });
    }

    private static void Configure(KestrelServerOptions kestrel, LimitOptions options)
    {
        kestrel.AddServerHeader = false;
        // Takes any byte, so that a token of other bytes than text is refused as a token (401) and not as a request.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;

        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.KeepAliveTimeout = _keepAlive;
        limits.RequestHeadersTimeout = options.ReadTimeout;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestBodySize = JsonBody.MaxDrainedBytes;
        limits.MinRequestBodyDataRate = new MinDataRate(MinBodyRate, options.ReadTimeout);
        limits.MinResponseDataRate = new MinDataRate(SlowReaders.MinRate, options.ReadTimeout);
    }
}
