using System.ComponentModel.DataAnnotations;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>
/// What a gateway or silo tells of itself. Section <c>Telemetry</c> of the configuration. Beside it the standard variables of
/// OpenTelemetry hold (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>OTEL_TRACES_SAMPLER</c>, …), see docs/operating/observability.md.
/// </summary>
[SettingsSection("Telemetry")]
public sealed class TelemetryOptions
{
    /// <summary>Whether <c>/metrics</c> is served, in Prometheus' format. Default true.</summary>
    public bool Prometheus { get; set; } = true;

    /// <summary>
    /// A port for <c>/metrics</c> alone, on all addresses, 1 to 65535. Default 0: it is served beside everything else. For a gateway
    /// whose own port is open to the world without a proxy that keeps <c>/metrics</c> back.
    /// </summary>
    [Range(0, 65535)]
    public int MetricsPort { get; set; }
}
