namespace SecKill.Tests.Faults.Deaths;

/// <summary>Redis loses everything: the ledger has the persisted claims, the silos remember the rest, and nothing is sold before the rebuild.</summary>
/// <remarks>Its own cluster: what else Redis holds (members, reminders, log-outs) is lost too.</remarks>
public sealed class RedisLossTests(ClusterDrills drills) : ClusterDrill(drills), IClassFixture<ClusterDrills>
{
    [Fact]
    public async Task A_redis_wiped_after_all_was_drained_is_rebuilt_from_the_ledger_before_it_sells()
    {
        await Sale.OpenAsync(coupons: 5, amount: 100);
        await Sale.RushAsync(60);
        await Sale.CheckAsync(Drained);

        await FlushAsync();

        // Owners ask first: they must get already-claimed and see the coupon on their lists.
        await Sale.CheckAsync(Drained);
        await Sale.RushAsync(60);
        await Sale.CheckAsync(Drained);
        Assert.Equal(5 * 100, Sale.Coupons.Sum(coupon => Sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task A_redis_wiped_in_the_middle_of_a_sale_loses_no_claim_that_was_answered()
    {
        await Sale.OpenAsync(coupons: 5, amount: 100);
        var rush = Sale.RushAsync(130);
        for (var wipe = 1; wipe <= 3; wipe++)
        {
            await Sale.WinsReachAsync(wipe * 120);
            await FlushAsync();
        }
        await rush;

        await Sale.CheckAsync(Drained);
        Assert.Equal(5 * 100, Sale.Coupons.Sum(coupon => Sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task After_a_wipe_silos_and_gateways_that_are_started_join_the_others()
    {
        await Sale.OpenAsync(coupons: 5, amount: 100);
        await Sale.RushAsync(40);

        await FlushAsync();

        await Cluster.GatewayNodes[1].StopAsync();
        await Cluster.GatewayNodes[1].StartAsync();
        await Cluster.Silos[1].KillAsync();
        await Cluster.Silos[1].StartAsync();
        await Sale.RushAsync(70);
        await Sale.CheckAsync(Drained);
        Assert.Equal(5 * 100, Sale.Coupons.Sum(coupon => Sale.OwnersOf(coupon).Count));
        Assert.All(Cluster.Silos, silo => Assert.True(silo.IsRunning, silo.Output));
    }

    private async Task FlushAsync()
    {
        var server = Cluster.Redis!.GetServers().Single();
        await server.FlushAllDatabasesAsync();
    }
}
