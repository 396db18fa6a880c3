using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Gateway.Hosting;

/// <summary>
/// Ready once the log-outs are known: that takes a silo that answers, and a Redis behind it. A gateway that is no silo itself asks
/// whether that Redis takes writes, and tells how many silos there are, too, as <see cref="LossMonitor"/> has read it.
/// </summary>
internal sealed class ClusterCheck : IHealthCheck
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);

    private readonly Revocations _revocations;
    private readonly LossMonitor? _members;
    private readonly OnceASecond<string?>? _refusal;

    /// <summary>Made once a gateway.</summary>
    public ClusterCheck(Revocations revocations, TimeProvider clock, IServiceProvider services)
    {
        (_revocations, _members) = (revocations, services.GetService<LossMonitor>());
        if (_members is null)
            return;
        var redis = services.GetRequiredService<IGrainFactory>().GetGrain<IRedisProbe>(0);
        _refusal = new(() => RefusalAsync(redis, clock), clock);
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var refusal = _refusal is null ? null : await _refusal.AnswerAsync();
        // That the silos answer counts, not that their list can be read.
        var words = _members is null ? null : _members.AreMembersRead ? Words(_members.Silos) : "How many silos there are cannot be read.";
        return (_revocations.Fault ?? refusal) is { } fault ? HealthCheckResult.Unhealthy($"{fault} {words}".TrimEnd()) : HealthCheckResult.Healthy(words);
    }

    /// <summary>Tells how many silos there are.</summary>
    internal static string Words(int silos) => silos == 1 ? "1 silo." : $"{silos} silos.";

    /// <returns>What Redis refuses, or null. Where no silo answers, or no Redis, the log-outs cannot be read either.</returns>
    private static async Task<string?> RefusalAsync(IRedisProbe redis, TimeProvider clock)
    {
        try
        {
            await redis.Probe().WaitAsync(_timeout, clock);
            return null;
        }
        catch (UnavailableException fault) when (StoreCheck.ReasonOf(fault) == StoreCheck.TakesNoWrites)
        {
            return $"Redis: {StoreCheck.TakesNoWrites}";
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return null;
        }
    }
}
