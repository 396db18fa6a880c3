using Orleans.Concurrency;
using SecKill.Grains.Claims;
using SecKill.Grains.Hosting.Placement;

namespace SecKill.Grains.Outbox;

/// <summary>
/// Tells which claims one silo remembers because SQL does not have them yet: where Redis has lost its data, only silos know them. The
/// key is the silo's address, see <see cref="ClaimReply.Silo"/>.
/// </summary>
internal interface IUnpersistedClaimsGrain : IGrainWithStringKey
{
    /// <exception cref="SiloGoneException">That silo is no active member of the cluster.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:02")]
    Task<ListEntry[]> Of(string[] customers);
}

/// <inheritdoc cref="IUnpersistedClaimsGrain"/>
internal sealed class UnpersistedClaimsGrain(CouponSales sales, ILocalSiloDetails silo) : SiloGrain(silo), IUnpersistedClaimsGrain
{
    public Task<ListEntry[]> Of(string[] customers)
    {
        ThrowIfSiloGone();
        return Task.FromResult(sales.UnpersistedOf(customers.ToHashSet()));
    }

    /// <summary>The unpersisted claims of all active silos. A stopping silo drains its outboxes first and is not asked.</summary>
    /// <exception cref="TimeoutException">A silo did not answer.</exception>
    public static async Task<ListEntry[]> OfAllSilosAsync(IGrainFactory grains, ISiloStatusOracle members, string[] customers)
    {
        var silos = members.GetApproximateSiloStatuses(onlyActive: true).Keys;
        var answers = await Task.WhenAll(silos.Select(silo => AskAsync(grains.GetGrain<IUnpersistedClaimsGrain>(silo.ToParsableString()), customers)));
        return [.. answers.SelectMany(answer => answer)];
    }

    private static async Task<ListEntry[]> AskAsync(IUnpersistedClaimsGrain silo, string[] customers)
    {
        try
        {
            return await silo.Of(customers);
        }
        catch (SiloGoneException)
        {
            // It left since the members were looked at.
            return [];
        }
    }
}
