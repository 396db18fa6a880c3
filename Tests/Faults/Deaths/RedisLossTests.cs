using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;
using Xunit;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>Redis loses everything: the ledger has the persisted claims, the silos remember the rest, and nothing is sold before the rebuild.</summary>
public sealed class RedisLossTests : IAsyncLifetime
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);
    // Its own cluster: what else Redis holds (members, reminders, log-outs) is lost too.
    private readonly ClusterDeployment _cluster = new();
    private Sale _sale = null!;

    public async ValueTask InitializeAsync()
    {
        await _cluster.StartAsync();
        _sale = new Sale(_cluster);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_redis_wiped_after_all_was_drained_is_rebuilt_from_the_ledger_before_it_sells()
    {
        await _sale.OpenAsync(coupons: 5, amount: 100);
        await _sale.RushAsync(60);
        await _sale.CheckAsync(_drained);

        await FlushAsync();

        // Owners ask first: they must get already-claimed and see the coupon on their lists.
        await _sale.CheckAsync(_drained);
        await _sale.RushAsync(60);
        await _sale.CheckAsync(_drained);
        Assert.Equal(5 * 100, _sale.Coupons.Sum(coupon => _sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task A_redis_wiped_in_the_middle_of_a_sale_loses_no_claim_that_was_answered()
    {
        await _sale.OpenAsync(coupons: 5, amount: 100);
        var rush = _sale.RushAsync(130);
        for (var wipe = 1; wipe <= 3; wipe++)
        {
            await _sale.WinsReachAsync(wipe * 120);
            await FlushAsync();
        }
        await rush;

        await _sale.CheckAsync(_drained);
        Assert.Equal(5 * 100, _sale.Coupons.Sum(coupon => _sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task After_a_wipe_silos_and_gateways_that_are_started_join_the_others()
    {
        await _sale.OpenAsync(coupons: 5, amount: 100);
        await _sale.RushAsync(40);

        await FlushAsync();

        await _cluster.GatewayNodes[1].StopAsync();
        await _cluster.GatewayNodes[1].StartAsync();
        await _cluster.Silos[1].KillAsync();
        await _cluster.Silos[1].StartAsync();
        await _sale.RushAsync(70);
        await _sale.CheckAsync(_drained);
        Assert.Equal(5 * 100, _sale.Coupons.Sum(coupon => _sale.OwnersOf(coupon).Count));
        Assert.All(_cluster.Silos, silo => Assert.True(silo.IsRunning, silo.Output));
    }

    private async Task FlushAsync()
    {
        var server = _cluster.Redis!.GetServers().Single();
        await server.FlushAllDatabasesAsync();
    }
}
