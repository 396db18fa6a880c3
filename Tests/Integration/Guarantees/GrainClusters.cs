using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;
using Orleans.TestingHost;
using SecKill.Grains.Hosting;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>One Redis and one MySQL for all clusters in this process, and the clusters that tests share.</summary>
[CollectionDefinition(Name)]
public sealed class GrainServers : ICollectionFixture<GrainServers>, IAsyncLifetime
{
    public const string Name = "grain clusters";

    public RedisServer Redis { get; } = new();

    public MySqlServer MySql { get; } = new();

    internal Dictionary<(short Silos, TimeSpan? DrainInterval), InProcessTestCluster> Shared { get; } = [];

    public async ValueTask InitializeAsync() => await Task.WhenAll(Redis.StartAsync(), MySql.StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in Shared.Values)
            await cluster.DisposeAsync();
        await MySql.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>Silos in this process, without gateways, on a real Redis and MySQL; one cluster or several that know nothing of each other.</summary>
[Collection(GrainServers.Name)]
public abstract class GrainClusters(GrainServers servers) : IAsyncDisposable
{
    private readonly List<InProcessTestCluster> _clusters = [];

    /// <summary>The time the relay may take on a busy machine.</summary>
    protected static TimeSpan Drained { get; } = TimeSpan.FromSeconds(90);

    protected IReadOnlyList<InProcessTestCluster> Clusters => _clusters;

    /// <summary>The first cluster's first silo, as its grains see it.</summary>
    private protected IServiceProvider Silo => ((InProcessSiloHandle)_clusters[0].Silos[0]).ServiceProvider;

    private protected StockServer Stock => Silo.GetRequiredService<StockServer>();

    private protected ILedger Ledger => Silo.GetRequiredService<ILedger>();

    protected RedisServer Redis => servers.Redis;

    protected MySqlServer MySql => servers.MySql;

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Except(servers.Shared.Values))
            await cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The cluster of this shape that tests share; started by the first of them.</summary>
    protected async Task UseClusterAsync(short silos, TimeSpan? drainInterval = null)
    {
        if (servers.Shared.TryGetValue((silos, drainInterval), out var shared))
        {
            _clusters.Add(shared);
            return;
        }
        await StartClusterAsync(silos, drainInterval);
        servers.Shared.Add((silos, drainInterval), _clusters[^1]);
    }

    /// <summary>A cluster for this test alone.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="drainInterval">Overrides the usual one.</param>
    /// <param name="hook">What stands between the grains and the ledger.</param>
    private protected async Task StartClusterAsync(short silos, TimeSpan? drainInterval = null, Func<ILedger, ILedger>? hook = null)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ClusterId = $"tests-{Guid.NewGuid():N}";
        builder.Options.ServiceId = "tests";
        builder.ConfigureSiloHost((_, host) =>
        {
            host.Configuration["Coupons:DrainInterval"] = $"{drainInterval ?? TimeSpan.FromMilliseconds(5)}";
            (host.Configuration["ConnectionStrings:Redis"], host.Configuration["ConnectionStrings:MySql"]) = (Redis.ConnectionString, MySql.ConnectionString);
            host.Services.AddClusterStores();
        });
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddGrainServices();
            if (hook is not null)
                silo.Services.AddSingleton(provider => hook(provider.GetRequiredService<SqlLedger>()));
        });
        var cluster = builder.Build();
        _clusters.Add(cluster);
        await cluster.DeployAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Redis loses all its data.</summary>
    protected async Task FlushAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        await redis.GetServers().Single().FlushAllDatabasesAsync();
    }

    protected async Task ExecuteAsync(string sql)
    {
        await using var ledger = new MySqlConnection(MySql.ConnectionString);
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
        await using var ledger = new MySqlConnection(MySql.ConnectionString);
        await ledger.OpenAsync();
        var owners = (await LedgerQueries.ClaimsAsync(ledger)).Where(row => row.Coupon == coupon.Name.Value).Select(row => row.Username).ToList();
        return (owners.Count, owners.Except(won).Count(), (await LedgerQueries.LeftAsync(ledger, coupon.Seller.Value))[coupon.Name.Value]);
    }
}
