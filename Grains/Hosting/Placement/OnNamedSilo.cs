using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace SecKill.Grains.Hosting.Placement;

/// <summary>Places a grain on the silo whose address is its key, see <see cref="SiloGrain"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnNamedSiloAttribute() : PlacementAttribute(new OnNamedSilo());

/// <summary>The strategy behind <see cref="OnNamedSiloAttribute"/>.</summary>
[GenerateSerializer, Immutable]
public sealed class OnNamedSilo : PlacementStrategy;

/// <summary>Finds the silo of a key; another one where that is no active member of the cluster.</summary>
public sealed class OnNamedSiloDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var key = target.GrainIdentity.Key.ToString();
        var silos = context.GetCompatibleSilos(target);
        var named = Array.Find(silos, silo => silo.ToParsableString() == key);
        return Task.FromResult(named ?? Array.Find(silos, silo => silo.Equals(context.LocalSilo)) ?? silos[0]);
    }
}
