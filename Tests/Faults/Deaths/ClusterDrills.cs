using SecKill.Tests.LocalServers.Deployments;
using Xunit;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>One private cluster for all drills that kill parts of one; made whole again before each of them.</summary>
[CollectionDefinition(nameof(ClusterDrills))]
public sealed class ClusterDrills : ICollectionFixture<ClusterDrills>, IAsyncLifetime
{
    public ClusterDeployment Cluster { get; } = new();

    public async ValueTask InitializeAsync() => await Cluster.StartAsync();

    /// <summary>Starts what a drill that failed has left dead.</summary>
    public async Task<ClusterDeployment> HealthyAsync()
    {
        foreach (var node in Cluster.Silos.Concat(Cluster.GatewayNodes).Where(node => !node.IsRunning))
            await node.StartAsync();
        return Cluster;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
