namespace SecKill.Tests.Faults.Deaths;

/// <summary>A private cluster shared by drills that kill parts of it; restored before each.</summary>
public sealed class ClusterDrills : IAsyncLifetime
{
    /// <summary>Those that do something to Redis or MySQL.</summary>
    public const string OfStores = "drills of stores";

    /// <summary>Those that end silos and gateways.</summary>
    public const string OfProcesses = "drills of processes";

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

/// <summary>The two kinds mostly wait, so they run beside each other, each on its own cluster.</summary>
[CollectionDefinition(ClusterDrills.OfStores)]
public sealed class DrillsOfStores : ICollectionFixture<ClusterDrills>;

[CollectionDefinition(ClusterDrills.OfProcesses)]
public sealed class DrillsOfProcesses : ICollectionFixture<ClusterDrills>;
