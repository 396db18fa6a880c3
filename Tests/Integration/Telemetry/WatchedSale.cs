namespace SecKill.Tests.Integration.Telemetry;

/// <summary>A cluster that is watched as in production: a real Prometheus scrapes it, and it sends what it traces by OTLP.</summary>
public sealed class WatchedSale : IAsyncLifetime
{
    public const string Name = "watched sale";

    /// <summary>Registrations and log-ins from one address.</summary>
    public const int Burst = 30;

    public const string AdminKey = "the-operators-secret-of-the-watched-sale";

    public WatchedSale()
    {
        Receiver = new OtlpReceiver(FreePort.Next());
        Cluster = new ClusterDeployment(settings: new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
            ["Admin__Key"] = AdminKey,
            ["Limits__AccountBurst"] = $"{Burst}",
            ["Limits__AccountsPerSecond"] = "0.1",
            ["Passwords__Iterations"] = "1000",
        });
    }

    public ClusterDeployment Cluster { get; }

    public OtlpReceiver Receiver { get; }

    public PrometheusServer Prometheus { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Receiver.StartAsync();
        await Cluster.StartAsync();
        await Prometheus.StartAsync(new Dictionary<string, IEnumerable<string>>
        {
            ["seckill-gateway"] = Cluster.GatewayNodes.Select(node => node.Address.Authority),
            ["seckill-silo"] = Cluster.Silos.Select(node => node.Address.Authority),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Prometheus.DisposeAsync();
        await Cluster.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}

[CollectionDefinition(WatchedSale.Name)]
public sealed class WatchedSaleTests : ICollectionFixture<WatchedSale>;
