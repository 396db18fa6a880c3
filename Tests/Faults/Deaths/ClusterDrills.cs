using SecKill.Tests.LocalServers.Deployments;
using Xunit;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>A private cluster shared by all drills that kill parts of it; restored before each.</summary>
[CollectionDefinition(nameof(ClusterDrills))]
public sealed class ClusterDrills : ICollectionFixture<ClusterDrills>, IAsyncLifetime
{
    public ClusterDeployment Cluster { get; } = new();

    public async ValueTask InitializeAsync() => await Cluster.StartAsync();

    /// <summary>Restarts what a failed drill left dead.</summary>
    public async Task<ClusterDeployment> HealthyAsync()
    {
        foreach (var node in Cluster.Silos.Concat(Cluster.GatewayNodes).Where(node => !node.IsRunning))
            await node.StartAsync();
        return Cluster;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
