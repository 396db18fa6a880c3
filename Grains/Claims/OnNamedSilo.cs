using Orleans.Placement;
using Orleans.Runtime.Placement;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Claims;

/// <summary>Places a grain on the silo whose address is its key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnNamedSiloAttribute() : PlacementAttribute(new OnNamedSilo());

/// <summary>The strategy behind <see cref="OnNamedSiloAttribute"/>.</summary>
[GenerateSerializer, Immutable]
public sealed class OnNamedSilo : PlacementStrategy;

/// <summary>Finds the silo of a key.</summary>
public sealed class OnNamedSiloDirector : IPlacementDirector
{
    /// <inheritdoc/>
    /// <exception cref="SiloGoneException">That silo is no member any more, or the key is no address.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var key = target.GrainIdentity.Key.ToString();
        foreach (var silo in context.GetCompatibleSilos(target))
        {
            if (silo.ToParsableString() == key)
                return Task.FromResult(silo);
        }
        throw new SiloGoneException($"No silo {key} in the cluster.");
    }
}
