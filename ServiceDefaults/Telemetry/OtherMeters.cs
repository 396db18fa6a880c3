using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>
/// The metrics kept from the runtime, the web server and Orleans: those on dashboards or in alerts. All of them would make each scrape
/// several times larger; some have a series per silo or grain type.
/// </summary>
internal static class OtherMeters
{
    private const string Orleans = "Microsoft.Orleans";

    // The tags of a request's duration: without scheme and protocol version.
    private static readonly string[] _requestAttributes = ["http.request.method", "http.route", "http.response.status_code"];

    private static readonly double[] _requestSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

    // Of calls from this process to grains, in milliseconds as Orleans has them.
    private const string CallLatency = "orleans-app-requests-latency";

    private static readonly double[] _callMilliseconds = [1, 5, 10, 50, 100, 500, 1000, 5000];

    private static readonly FrozenSet<string> _chosen = FrozenSet.Create(
        "orleans-app-requests-canceled",
        "orleans-app-requests-timedout",
        "orleans-catalog-activation-created",
        "orleans-catalog-activation-destroyed",
        "orleans-catalog-activation-failed-to-activate",
        "orleans-client-connected-gateways",
        "orleans-consistent-ring-size",
        "orleans-gateway-connected-clients",
        "orleans-gateway-load-shedding",
        "orleans-gateway-received",
        "orleans-gateway-sent",
        "orleans-grains",
        "orleans-messaging-expired",
        "orleans-messaging-pings-reply-missed",
        "orleans-messaging-rejected",
        "orleans-messaging-rerouted",
        "orleans-messaging-sent-dropped",
        "orleans-messaging-sent-failed",
        "orleans-networking-sockets-closed",
        "orleans-networking-sockets-opened",
        "orleans-reminders-active",
        "orleans-reminders-ticks-delivered",
        "orleans-scheduler-long-running-turns",
        "orleans-storage-read-errors",
        "orleans-storage-write-errors",
        "orleans-watchdog-health-checks-failed");

    /// <summary>The meters.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [Orleans, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Keeps an instrument as it is (null), with fewer tags, or drops it.</summary>
    public static MetricStreamConfiguration? Choose(Instrument instrument) => instrument switch
    {
        { Name: CallLatency } => new ExplicitBucketHistogramConfiguration { TagKeys = [], Boundaries = _callMilliseconds },
        { Meter.Name: Orleans } => _chosen.Contains(instrument.Name) ? null : MetricStreamConfiguration.Drop,
        { Name: "http.server.request.duration" } => new ExplicitBucketHistogramConfiguration { TagKeys = _requestAttributes, Boundaries = _requestSeconds },
        // Per connection, by end point and version: a proxy's kept-alive connections tell nothing.
        { Name: "kestrel.connection.duration" or "kestrel.tls_handshake.duration" or "kestrel.active_tls_handshakes" } => MetricStreamConfiguration.Drop,
        // Updated twice a request, which costs a tenth of a refusal; waiting claims have their own metric.
        { Name: "kestrel.queued_requests" or "http.server.active_requests" } => MetricStreamConfiguration.Drop,
        _ => null,
    };
}
