namespace SecKill.Grains.Stock;

/// <summary>The deployment that owns this Redis. Keys carry no name of one, so two deployments must not share a Redis.</summary>
public sealed partial class StockServer
{
    private DeploymentMark? _deployment;

    /// <summary>The mark of the deployment to which this Redis belongs, or null while it has none.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public Task<string?> FindDeploymentAsync() => Guard(async () => (string?)await Database.StringGetAsync(StockKeys.Deployment, CommandFlags.DemandMaster));

    /// <summary>
    /// Marks this Redis as a deployment's, unless it has a mark. The mark is checked again with each new incarnation: a replaced Redis
    /// gets it anew, and another deployment's is not used. After FLUSHALL the incarnation is the same: the mark is missing until the next one.
    /// </summary>
    /// <returns>The mark that is there: this deployment's, or that of another one.</returns>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public async Task<string> MarkAsync(DeploymentMark deployment)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        var found = await WriteMarkAsync(deployment);
        if (found == $"{deployment}")
            _deployment = deployment;
        return found;
    }

    /// <summary>Writes the mark as programs of the protocol number before this one know it.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public Task RollBackAsync(DeploymentMark deployment) => WriteAsync(redis => redis.StringSetAsync(StockKeys.Deployment, deployment.Before));

    /// <summary>Whether there is any coupon's stock.</summary>
    /// <exception cref="UnavailableException">Redis cannot be reached.</exception>
    public Task<bool> HasCouponsAsync() => Guard(async () => await CouponKeysAsync().AnyAsync());

    private async Task<string> WriteMarkAsync(DeploymentMark deployment)
    {
        var found = await FindDeploymentAsync();
        // Also an earlier program's, or of a file that one has written.
        if (found is not null && !deployment.IsEarlier(found))
            return found;
        // Two deployments may come at once; one of them is first.
        await WriteAsync(redis => redis.StringSetAsync(StockKeys.Deployment, $"{deployment}", when: found is null ? When.NotExists : When.Always));
        return await FindDeploymentAsync() ?? throw new UnavailableException("Redis has lost what was just written.");
    }

    private async Task ThrowIfForeignAsync()
    {
        // On a Redis Cluster the mark may lie on a node that is away, which is no reason not to use the others.
        if (_deployment is not { } mine || IsCluster)
            return;
        var found = await FindDeploymentAsync();
        try
        {
            if (found is null || mine.IsEarlier(found))
                found = await WriteMarkAsync(mine);
        }
        catch (UnavailableException)
        {
            // It takes no writes, so it sells nothing either; the next incarnation is marked.
            return;
        }
        if (found == $"{mine}")
            return;
        LogForeign(found, $"{mine}");
        throw new UnavailableException("This Redis belongs to another deployment.");
    }

    [LoggerMessage(EventIds.ForeignRedis, LogLevel.Critical, "The Redis that is connected now belongs to another deployment ({Found}); this one is {Mine}. Nothing is sold until its own is back.")]
    private partial void LogForeign(string found, string mine);
}
