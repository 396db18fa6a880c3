using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Messaging;
using SecKill.Gateway.Auth;
using SecKill.Silo.Hosting;

namespace SecKill.Gateway.Hosting;

/// <summary>
/// Ready once the log-outs are known: that takes a silo that answers, and a Redis behind it. A gateway that is no silo itself tells
/// how many silos there are, too, as Redis lists them.
/// </summary>
internal sealed class ClusterCheck(Revocations revocations, IServiceProvider services) : IHealthCheck
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly OnceASecond<string>? _count = services.GetService<IGatewayListProvider>() is { } silos ? new(() => CountAsync(silos)) : null;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var words = _count is null ? null : await _count.AnswerAsync();
        return revocations.Fault is { } fault ? HealthCheckResult.Unhealthy($"{fault} {words}".TrimEnd()) : HealthCheckResult.Healthy(words);
    }

    private static async Task<string> CountAsync(IGatewayListProvider silos)
    {
        try
        {
            var count = (await silos.GetGateways().WaitAsync(_patience)).Count;
            return count == 1 ? "1 silo." : $"{count} silos.";
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // That the silos answer counts, not that their list can be read.
            return "How many silos there are cannot be read.";
        }
    }
}
