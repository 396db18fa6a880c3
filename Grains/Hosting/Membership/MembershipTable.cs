using StackExchange.Redis;

namespace SecKill.Grains.Hosting.Membership;

/// <summary>The table of the cluster's members: one hash, a row a silo (Orleans' <c>RedisMembershipTable</c>).</summary>
internal static class MembershipTable
{
    /// <summary>Its key.</summary>
    public static RedisKey KeyOf(string clusterId, string serviceId) => $"{serviceId}/members/{clusterId}";
}
