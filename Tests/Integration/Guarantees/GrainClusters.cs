using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using Orleans.TestingHost;
using SecKill.Grains.Hosting;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;
using Xunit;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>One Redis and one MySQL for all clusters in this process, and the clusters that tests share.</summary>
[CollectionDefinition(Name)]
public sealed class GrainServers : ICollectionFixture<GrainServers>, IAsyncLifetime
{
    public const string Name = "grain clusters";

    public RedisServer Redis { get; } = new();

    public MySqlServer MySql { get; } = new();

    internal Dictionary<(short Silos, TimeSpan DrainInterval), (InProcessTestCluster Cluster, Stores Stores)> Shared { get; } = [];

    public async ValueTask InitializeAsync() => await Task.WhenAll(Redis.StartAsync(), MySql.StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var (cluster, stores) in Shared.Values)
        {
            await cluster.DisposeAsync();
            await stores.DisposeAsync();
        }
        await MySql.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>Silos in this process, without gateways, on a real Redis and MySQL; one cluster or several that know nothing of each other.</summary>
[Collection(GrainServers.Name)]
public abstract class GrainClusters(GrainServers servers) : IAsyncLifetime
{
    private readonly RedisServer _redis = servers.Redis;
    private readonly MySqlServer _mySql = servers.MySql;
    private readonly List<InProcessTestCluster> _clusters = [];
    private readonly List<Stores> _stores = [];

    /// <summary>The time the relay may take on a busy machine.</summary>
    protected static TimeSpan Drained { get; } = TimeSpan.FromSeconds(90);

    protected IReadOnlyList<InProcessTestCluster> Clusters => _clusters;

    protected IReadOnlyList<Stores> Stores => _stores;

    protected RedisServer Redis => _redis;

    protected MySqlServer MySql => _mySql;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Except(servers.Shared.Values.Select(shared => shared.Cluster)))
            await cluster.DisposeAsync();
        foreach (var stores in _stores.Except(servers.Shared.Values.Select(shared => shared.Stores)))
            await stores.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The cluster of this shape that tests share; started by the first of them.</summary>
    protected async Task UseClusterAsync(short silos, TimeSpan? drainInterval = null)
    {
        var shape = (silos, drainInterval ?? TimeSpan.Zero);
        if (!servers.Shared.TryGetValue(shape, out var shared))
        {
            await StartClusterAsync(silos, drainInterval);
            servers.Shared.Add(shape, (_clusters[^1], _stores[^1]));
            return;
        }
        _clusters.Add(shared.Cluster);
        _stores.Add(shared.Stores);
    }

    /// <summary>A cluster for this test alone.</summary>
    protected async Task StartClusterAsync(short silos, TimeSpan? drainInterval = null)
    {
        var stores = await SecKill.Grains.Hosting.Stores.ConnectAsync(
            _redis.ConnectionString, _mySql.ConnectionString, "tests", NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        _stores.Add(stores);
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ClusterId = $"tests-{Guid.NewGuid():N}";
        builder.Options.ServiceId = "tests";
        builder.ConfigureSiloHost((_, host) => host.Configuration["Coupons:DrainInterval"] = $"{drainInterval ?? TimeSpan.FromMilliseconds(5)}");
        builder.ConfigureSilo((_, silo) => silo.AddGrainServices(stores));
        var cluster = builder.Build();
        _clusters.Add(cluster);
        await cluster.DeployAsync(TestContext.Current.CancellationToken);
    }

    protected async Task ExecuteAsync(string sql)
    {
        await using var ledger = new MySqlConnection(_mySql.ConnectionString);
        await ledger.OpenAsync();
        await using var command = new MySqlCommand(sql, ledger);
        await command.ExecuteNonQueryAsync();
    }

    protected async Task<CouponId> CreatedAsync(int amount)
    {
        var id = CouponId.Known(Names.Fresh("seller"), Names.Fresh("coupon"));
        var outcome = await _clusters[0].Client.GetGrain<ICouponGrain>(id.Key).Create(new CouponTerms(amount, 5, ""));
        Assert.Equal(CreateCouponOutcome.Created, outcome);
        return id;
    }

    protected async Task<(int Rows, int NotWon, long Left)> LedgerAsync(CouponId coupon, IReadOnlyCollection<string> won)
    {
        await using var ledger = new MySqlConnection(_mySql.ConnectionString);
        await ledger.OpenAsync();
        var owners = (await LedgerQueries.ClaimsAsync(ledger)).Where(row => row.Coupon == coupon.Name.Value).Select(row => row.Username).ToList();
        return (owners.Count, owners.Except(won).Count(), (await LedgerQueries.LeftAsync(ledger, coupon.Seller.Value))[coupon.Name.Value]);
    }
}
