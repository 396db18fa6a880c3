using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Hosting;

/// <summary>
/// Checks that Redis and SQL belong to this deployment. The ledger gets a random mark at its first start, and its Redis the same; a
/// deployment that finds another's mark does not start.
/// </summary>
public static class DeploymentCheck
{
    private const string Remedy =
        "Name a Redis server of its own in ConnectionStrings:Redis, or a database number (defaultDatabase=1); where a ledger was replaced or lost, see docs/operating/backup.md.";

    /// <summary>Checks both before a silo starts, and marks unmarked ones.</summary>
    /// <exception cref="ConfigurationException">They belong to different deployments, or to another service.</exception>
    /// <exception cref="UnavailableException">One of them does not answer.</exception>
    public static async Task MarkAsync(StockServer stock, ILedger ledger, string serviceId)
    {
        var mine = await ledger.MarkAsync(serviceId);
        if (mine.ServiceId != serviceId)
        {
            throw new ConfigurationException(
                $"The ledger belongs to the service '{mine.ServiceId}' and Cluster:ServiceId is '{serviceId}'. Two services cannot share a database: " +
                $"name another one in ConnectionStrings:MySql, or set Cluster:ServiceId to '{mine.ServiceId}'.");
        }
        if (await stock.FindDeploymentAsync() is null && await IsEmptyAsync(ledger) && await stock.HasCouponsAsync())
        {
            throw new ConfigurationException(
                $"Redis holds coupons, and the ledger of '{mine.ServiceId}' has none: they are another deployment's, or the ledger was lost. {Remedy}");
        }
        ThrowIfOther(await stock.MarkAsync(mine), mine);
    }

    /// <summary>Checks both before an operator's command writes; changes nothing. A mark of an earlier program is that of a restored file.</summary>
    /// <inheritdoc cref="MarkAsync" path="/exception"/>
    public static async Task CheckAsync(StockServer stock, ILedger ledger)
    {
        if (await ledger.FindMarkAsync() is { } mine && await stock.FindDeploymentAsync() is { } found)
            ThrowIfOther(found, mine);
    }

    /// <summary>Gives both back to programs of the protocol number before this one, after <see cref="CheckAsync"/>. None of either may run.</summary>
    /// <exception cref="NotSupportedException">A coupon uses what those do not know.</exception>
    /// <exception cref="UnavailableException">One of them does not answer. It can be done again.</exception>
    public static async Task RollBackAsync(StockServer stock, ILedger ledger)
    {
        if (await ledger.FindUserOfFeaturesAsync() is { } coupon)
        {
            throw new NotSupportedException(
                $"There is no way back: {coupon.Key} uses what programs of protocol number {Protocol.Before} do not know, and they would sell it without.");
        }
        // Redis first: broken off in between, this can be done again, and the next start of a program of this number takes it back.
        if (await ledger.FindMarkAsync() is { } mark)
            await stock.RollBackAsync(mark);
        await ledger.RollBackAsync();
    }

    private static void ThrowIfOther(string found, DeploymentMark mine)
    {
        if (found != $"{mine}" && !mine.IsEarlier(found))
            throw new ConfigurationException($"Redis belongs to the deployment '{found}' and the ledger to '{mine}': they cannot be used together. {Remedy}");
    }

    private static async Task<bool> IsEmptyAsync(ILedger ledger) => (await ledger.CouponsAsync(long.MaxValue, 1)).Count == 0;
}
