using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecKill.Gateway.Auth;

namespace SecKill.Gateway.Hosting;

/// <summary>Ready once the log-outs are known: that takes a silo that answers, and a Redis behind it.</summary>
internal sealed class RevocationsCheck(Revocations revocations) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(revocations.Fault is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy());
}
