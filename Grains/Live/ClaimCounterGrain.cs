using SecKill.Grains.Hosting.Placement;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="IClaimCounterGrain"/>
public sealed class ClaimCounterGrain(ClaimCounters counters, ILocalSiloDetails silo) : SiloGrain(silo), IClaimCounterGrain
{
    /// <inheritdoc/>
    public Task Add(CouponClaimCounts[] claims)
    {
        ThrowIfSiloGone();
        counters.Add(claims);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SiloClaimCounts> Busiest(int count)
    {
        ThrowIfSiloGone();
        return Task.FromResult(counters.Busiest(count));
    }
}
