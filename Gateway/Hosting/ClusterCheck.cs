using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Messaging;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Gateway.Hosting;

/// <summary>
/// Ready once the log-outs are known: that takes a silo that answers, and a Redis behind it. A gateway that is no silo itself asks
/// whether that Redis takes writes, and tells how many silos there are, too, as Redis lists them.
/// </summary>
internal sealed class ClusterCheck : IHealthCheck
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);

    private readonly Revocations _revocations;
    private readonly OnceASecond<string>? _count;
    private readonly OnceASecond<string?>? _refusal;

    /// <summary>Made once a gateway.</summary>
    public ClusterCheck(Revocations revocations, TimeProvider clock, IServiceProvider services)
    {
        _revocations = revocations;
        if (services.GetService<IGatewayListProvider>() is not { } silos)
            return;
        var redis = services.GetRequiredService<IGrainFactory>().GetGrain<IRedisProbe>(0);
        (_count, _refusal) = (new(() => CountAsync(silos, clock), clock), new(() => RefusalAsync(redis, clock), clock));
    }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var words = _count is null ? null : await _count.AnswerAsync();
        var refusal = _refusal is null ? null : await _refusal.AnswerAsync();
        return (_revocations.Fault ?? refusal) is { } fault ? HealthCheckResult.Unhealthy($"{fault} {words}".TrimEnd()) : HealthCheckResult.Healthy(words);
    }

    /// <summary>Tells how many silos there are.</summary>
    internal static string Words(int silos) => silos == 1 ? "1 silo." : $"{silos} silos.";

    private static async Task<string> CountAsync(IGatewayListProvider silos, TimeProvider clock)
    {
        try
        {
            return Words((await silos.GetGateways().WaitAsync(_timeout, clock)).Count);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // That the silos answer counts, not that their list can be read.
            return "How many silos there are cannot be read.";
        }
    }

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
