using SecKill.Grains.Coupons;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Live;

/// <inheritdoc cref="ISaleTally"/>
[OnNamedSilo]
public sealed class SaleTally(SaleTallies known) : Grain, ISaleTally
{
    /// <inheritdoc/>
    public Task Add(CouponTally[] tallies)
    {
        known.Add(tallies);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SiloTally> Busiest(int count) => Task.FromResult(known.Busiest(count));
}
