using System.Diagnostics.Metrics;
using OpenTelemetry.Resources;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>The running build, as part of metrics and traces.</summary>
internal static class BuildInfo
{
    private static readonly KeyValuePair<string, object?>[] _build = [new("version", ProductVersion.Number), new("commit", ProductVersion.Commit)];

    // Kept by the meter, whose process it describes.
    private static readonly ObservableGauge<int> _gauge = SecKillMeter.Instance.CreateObservableGauge(
        "seckill.build.info", () => new Measurement<int>(1, _build), "1", "Always 1; its attributes tell which build runs.");

    /// <summary>Adds <c>service.version</c>; <c>OTEL_RESOURCE_ATTRIBUTES</c> may say another.</summary>
    public static void Describe(ResourceBuilder resource)
    {
        _ = _gauge;
        resource.AddAttributes([new("service.version", ProductVersion.Text)]).AddEnvironmentVariableDetector();
    }
}
