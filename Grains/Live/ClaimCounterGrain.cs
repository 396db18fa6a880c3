using SecKill.Grains.Hosting.Placement;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="IClaimCounterGrain"/>
internal sealed class ClaimCounterGrain(ClaimCounters counters, ILocalSiloDetails silo) : SiloGrain(silo), IClaimCounterGrain
{
    public Task Add(CouponClaimCounts[] claims)
    {
        ThrowIfSiloGone();
        counters.Add(claims);
        return Task.CompletedTask;
    }

    public Task<SiloClaimCounts> Busiest(int count)
    {
        ThrowIfSiloGone();
        return Task.FromResult(counters.Busiest(count));
    }
}
