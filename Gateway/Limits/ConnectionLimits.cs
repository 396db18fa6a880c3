using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Kestrel's limits: sizes, and timeouts for the client. All are set here, including defaults. The time-outs of the grains' methods bound
/// what an endpoint waits for.
/// </summary>
internal static class ConnectionLimits
{
    // The longest names, every byte percent-encoded, need 1 KiB.
    private const int MaxRequestLineBytes = 8 * 1024;

    // Our longest token has 4 KiB. More is let in, so that a bad token is refused as a token (401) and not as a request (431).
    private const int MaxHeaderBytes = 32 * 1024;

    private const int MaxHeaders = 100;

    // Bytes a second of a request's body. For answers: SlowReaders.
    private const double MinBodyRate = 1024;

    // Longer than a proxy keeps an idle connection (nginx: 60 s), which would otherwise send a claim into a connection that is being closed.
    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(130);

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
        // Any byte is let in, so that a token that is no text is refused as a token (401) and not as a request (400).
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
