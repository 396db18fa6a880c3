namespace SecKill.Tests.Faults.Drills;

/// <summary>A cluster of two gateways and three silos with links to their stores, shared by drills that leave it as they found it.</summary>
public sealed class LinkedCluster : IAsyncLifetime
{
    public const string Name = "drills of changes";

    private static readonly TimeSpan _begun = TimeSpan.FromSeconds(10);

    private readonly ClusterDeployment _cluster = new(silos: 3, gateways: 2, linked: true, settings: SellersCoupon.Settings);

    public async ValueTask InitializeAsync() => await _cluster.StartAsync();

    /// <summary>Heals what a failed drill left broken.</summary>
    public async Task<ClusterDeployment> HealthyAsync()
    {
        await _cluster.MySqlServer.SignalAsync("CONT");
        foreach (var links in _cluster.Links)
        {
            links.MySql.Delay = TimeSpan.Zero;
            links.Redis.Speak();
        }
        foreach (var silo in _cluster.Silos.Where(silo => !silo.IsRunning))
            await silo.StartAsync();
        return _cluster;
    }

    /// <summary>Waits until a silo sends this to MySQL.</summary>
    /// <returns>Its index.</returns>
    public static async Task<int> HearAsync(ClusterDeployment cluster, string said, LinkLoss loss)
    {
        using var isHeard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var hearing = cluster.Links.Select(async (links, i) => await links.MySql.LoseAfterUnlessStoppedAsync(said, loss, _begun, isHeard.Token) ? i : -1).ToList();
        var silo = await await Task.WhenAny(hearing);
        await isHeard.CancelAsync();
        await Task.WhenAll(hearing);
        Assert.True(silo >= 0, $"No silo has said '{said}' to MySQL.");
        return silo;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

[CollectionDefinition(LinkedCluster.Name)]
public sealed class DrillsOfChanges : ICollectionFixture<LinkedCluster>;
