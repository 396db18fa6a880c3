using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using Orleans.TestingHost;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Stock;
using SecKill.Silo.Hosting;
using SecKill.Tests.Deployments;
using SecKill.Tests.Servers;
using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>
/// Oversell and drain exactly once, below HTTP: a coupon with two activations at once. Orleans does not let a test have
/// them in one cluster, so there are two clusters that know nothing of each other, on one Redis and one MySQL.
/// </summary>
public sealed class GrainClustersTests : IAsyncLifetime
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);
    private readonly RedisServer _redis = new();
    private readonly MySqlServer _mySql = new();
    private readonly List<InProcessTestCluster> _clusters = [];
    private readonly List<Stores> _stores = [];

    public async ValueTask InitializeAsync() => await Task.WhenAll(_redis.StartAsync(), _mySql.StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        foreach (var stores in _stores)
            await stores.DisposeAsync();
        await _mySql.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Two_activations_of_a_coupon_sell_it_out_exactly_and_drain_each_claim_once()
    {
        const int amount = 500;
        await StartClusterAsync(silos: 1);
        await StartClusterAsync(silos: 1);
        var coupon = await CreatedAsync(amount);
        var users = Enumerable.Range(0, 800).Select(_ => Names.Fresh("customer")).ToArray();
        var won = new ConcurrentBag<string>();

        await Task.WhenAll(_clusters.Select((cluster, i) => ClaimAllAsync(cluster, coupon, users, seed: i, won)));

        Assert.Equal(amount, won.Count);
        Assert.Equal(amount, won.Distinct().Count());
        await Eventually.EqualAsync("the ledger holds every claim once", (amount, 0, 0L), () => LedgerAsync(coupon, won), _drained);
    }

    [Fact]
    public async Task A_cluster_that_stops_in_good_order_leaves_nothing_undrained()
    {
        // So long an interval that only the stop itself can have drained.
        await StartClusterAsync(silos: 2, drainInterval: TimeSpan.FromMinutes(1));
        var coupons = new List<(CouponId Id, ConcurrentBag<string> Won)>();
        for (var i = 0; i < 8; i++)
            coupons.Add((await CreatedAsync(amount: 30), []));
        await Task.WhenAll(coupons.Select(coupon =>
            ClaimAllAsync(_clusters[0], coupon.Id, [.. Enumerable.Range(0, 20).Select(_ => Names.Fresh("customer"))], seed: 0, coupon.Won)));
        Assert.All(coupons, coupon => Assert.Equal(20, coupon.Won.Count));

        await _clusters[0].StopAllSilosAsync(TestContext.Current.CancellationToken);

        foreach (var (id, won) in coupons)
            Assert.Equal((20, 0, 10L), await LedgerAsync(id, won));
    }

    [Fact]
    public async Task Who_is_told_to_own_a_piece_finds_it_listed_though_the_answer_to_the_claim_was_lost()
    {
        // So that it cannot be the drain that lists it.
        await StartClusterAsync(silos: 1, drainInterval: TimeSpan.FromMinutes(1));
        var coupon = await CreatedAsync(amount: 5);
        var customer = Names.Fresh("customer");
        // An activation that has something to drain when it wakes does so at once; this one is awake before.
        Assert.Equal([ClaimOutcome.Claimed], (await ClaimAsync(coupon, Names.Fresh("early"))).Outcomes);
        // What is left of a claim whose silo died between script and list, on a cluster of Redis servers.
        Assert.Equal([ClaimOutcome.Claimed], (await new CouponStock(_stores[0].Stock, coupon).ClaimAsync([customer], writesLists: false)).Outcomes);

        Assert.Equal([ClaimOutcome.AlreadyClaimed], (await ClaimAsync(coupon, customer)).Outcomes);

        Assert.Equal(0, (await LedgerAsync(coupon, [])).Rows);
        var pages = await _clusters[0].Client.GetGrain<IListReader>(0).Read([new ListQuery(customer, UserKind.Customer, 1)]);
        Assert.Equal([coupon.Name], pages[0].Coupons.Select(row => row.Name));
    }

    private async Task StartClusterAsync(short silos, TimeSpan? drainInterval = null)
    {
        var stores = await Stores.ConnectAsync(
            _redis.ConnectionString, _mySql.ConnectionString, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
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

    private Task<ClaimReply> ClaimAsync(CouponId coupon, string customer) =>
        _clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch([customer], null));

    private async Task<CouponId> CreatedAsync(int amount)
    {
        var id = new CouponId(Names.Fresh("seller"), Names.Fresh("coupon"));
        var outcome = await _clusters[0].Client.GetGrain<ICouponGrain>(id.Key).Create(new CouponTerms(amount, 5, ""));
        Assert.Equal(CreateCouponOutcome.Created, outcome);
        return id;
    }

    /// <summary>Everybody claims through this cluster, in batches, several of them at once.</summary>
    private static async Task ClaimAllAsync(InProcessTestCluster cluster, CouponId coupon, string[] users, int seed, ConcurrentBag<string> won)
    {
        var order = users.ToArray();
        new Random(seed).Shuffle(order);
        await Parallel.ForEachAsync(order.Chunk(7), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, _) =>
        {
            var reply = await cluster.Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch(batch, null));
            Assert.DoesNotContain(ClaimOutcome.Undecided, reply.Outcomes);
            foreach (var (user, outcome) in batch.Zip(reply.Outcomes))
            {
                if (outcome == ClaimOutcome.Claimed)
                    won.Add(user);
            }
        });
    }

    private async Task<(int Rows, int NotWon, long Left)> LedgerAsync(CouponId coupon, IReadOnlyCollection<string> won)
    {
        await using var ledger = new MySqlConnection(_mySql.ConnectionString);
        await ledger.OpenAsync();
        var owners = (await LedgerQueries.ClaimsAsync(ledger)).Where(row => row.Coupon == coupon.Name).Select(row => row.Username).ToList();
        return (owners.Count, owners.Except(won).Count(), await LedgerQueries.LeftAsync(ledger, coupon.Seller, coupon.Name));
    }
}
