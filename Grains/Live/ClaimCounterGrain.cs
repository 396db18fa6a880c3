using SecKill.Grains.Claims;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="IClaimCounterGrain"/>
[OnNamedSilo]
public sealed class ClaimCounterGrain(ClaimCounters counters) : Grain, IClaimCounterGrain
{
    /// <inheritdoc/>
    public Task Add(CouponClaimCounts[] claims)
    {
        counters.Add(claims);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SiloClaimCounts> Busiest(int count) => Task.FromResult(counters.Busiest(count));
}
