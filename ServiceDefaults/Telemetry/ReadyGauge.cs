using System.Diagnostics.Metrics;

namespace SecKill.ServiceDefaults.Telemetry;

/// <summary>The result of <c>/health/ready</c>, by check, some seconds old.</summary>
internal sealed class ReadyGauge : IHealthCheckPublisher
{
    private volatile IReadOnlyList<Measurement<int>> _checks = [];

    public ReadyGauge(IMeterFactory meters) =>
        meters.Create(SecKillMeter.Name).CreateObservableGauge("seckill.ready", () => _checks, "1", "1 where a check of readiness holds, else 0.");

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        _checks = [.. report.Entries.Select(check => new Measurement<int>(
            check.Value.Status == HealthStatus.Unhealthy ? 0 : 1, new KeyValuePair<string, object?>("check", check.Key)))];
        return Task.CompletedTask;
    }
}
