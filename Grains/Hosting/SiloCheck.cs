using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Grains.Hosting;

/// <summary>Ready while this silo is an active cluster member. Makes no remote call: each silo knows the members.</summary>
internal sealed class SiloCheck(ILocalSiloDetails silo, IClusterMembershipService membership) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var members = membership.CurrentSnapshot;
        var status = members.GetSiloStatus(silo.SiloAddress);
        var active = members.Members.Values.Count(member => member.Status == SiloStatus.Active);
        return Task.FromResult(status == SiloStatus.Active
            ? HealthCheckResult.Healthy(active == 1 ? Health.OnlySilo : $"Active, one of {active} silos.")
            : HealthCheckResult.Unhealthy($"This silo is not active but {status}. {active} others are."));
    }
}
