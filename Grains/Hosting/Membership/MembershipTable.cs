using Orleans.Configuration;

namespace SecKill.Grains.Hosting.Membership;

/// <summary>The table of the cluster's members: one hash, a row a silo (Orleans' <c>RedisMembershipTable</c>).</summary>
internal sealed class MembershipTable(Stores stores, IOptions<ClusterOptions> cluster)
{
    /// <summary>Its key.</summary>
    public RedisKey Key { get; } = $"{cluster.Value.ServiceId}/members/{cluster.Value.ClusterId}";

    /// <summary>Where it lies.</summary>
    public IDatabase Redis => stores.ClusterRedis.GetDatabase();

    /// <summary>Reads all rows.</summary>
    public Task<HashEntry[]> ReadAsync() => Redis.HashGetAllAsync(Key, CommandFlags.DemandMaster);
}
