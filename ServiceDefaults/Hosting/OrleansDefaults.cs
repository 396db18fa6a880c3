using Orleans.Configuration;
using Orleans.Networking.Shared;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>What silos and clients of Orleans have in common.</summary>
internal static class OrleansDefaults
{
    /// <summary>Sets the cluster's names and the connections' keep-alive.</summary>
    public static void AddOrleansDefaults(this IServiceCollection services)
    {
        services.AddOptions<ClusterOptions>().Configure<IOptions<ClusterNames>>(
            (cluster, names) => (cluster.ClusterId, cluster.ServiceId) = (Protocol.ClusterId(names.Value.Id), names.Value.ServiceId));
        // A vanished peer is noticed in some 10 s, not in minutes.
        services.Configure<SocketConnectionOptions>(sockets =>
            (sockets.KeepAlive, sockets.KeepAliveTimeSeconds, sockets.KeepAliveIntervalSeconds, sockets.KeepAliveRetryCount) = (true, 5, 2, 3));
    }
}
