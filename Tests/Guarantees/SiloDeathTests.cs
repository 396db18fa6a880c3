using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>Restart: a silo or a gateway of the cluster dies in the middle of a sale.</summary>
public sealed class SiloDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Fact]
    public async Task A_killed_silo_costs_no_claim_and_the_other_one_sells_on()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, Cluster.Silos[0].KillAsync);
        await SellingResumesAsync(TimeSpan.FromSeconds(40));
        Report("all coupons sold again");
        await rush;
        Report("the rush was over");

        Assert.True(Sale.Slowest < TimeSpan.FromSeconds(30), $"somebody waited {Sale.Slowest}");
        Assert.All(Cluster.GatewayNodes, gateway => Assert.True(gateway.IsRunning, gateway.Output));
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        await Cluster.Silos[0].StartAsync();
    }

    [Fact]
    public async Task A_silo_that_is_stopped_in_good_order_is_gone_soon_and_costs_no_claim()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, async () => await Cluster.Silos[0].StopAsync(TimeSpan.FromSeconds(25)));
        Report("the silo was gone");
        await rush;
        Report("the rush was over");
        Assert.True(Cluster.Silos[0].ExitCode == 0, $"exit code {Cluster.Silos[0].ExitCode}: {Cluster.Silos[0].Output}");

        await Sale.CheckAsync(Drained);
        await Cluster.Silos[0].StartAsync();
    }

    [Fact]
    public async Task What_a_killed_silo_sold_is_drained_once_it_is_back_though_nobody_asks_for_it()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(140, afterWins: 250, async () =>
        {
            await Cluster.Silos[1].KillAsync();
            Sale.CallOff();
        });
        await rush;

        await Cluster.Silos[1].StartAsync();
        Report("the silo was back");
        await Sale.CheckPromisedAreDrainedAsync();
        Report("all was drained");
        await Sale.CheckAsync(Drained);
    }

    [Fact]
    public async Task A_gateway_that_is_stopped_in_good_order_is_gone_soon_and_costs_no_claim()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, () => Cluster.GatewayNodes[1].StopAsync(TimeSpan.FromSeconds(25)));
        Report("the gateway was gone");
        await rush;
        Report("the rush was over");
        Assert.True(Cluster.GatewayNodes[1].ExitCode == 0, $"exit code {Cluster.GatewayNodes[1].ExitCode}: {Cluster.GatewayNodes[1].Output}");

        await Cluster.GatewayNodes[1].StartAsync();
        await Sale.CheckAsync(Drained);
    }

    [Fact]
    public async Task A_killed_gateway_costs_no_claim_and_the_other_one_sells_on()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, Cluster.GatewayNodes[1].KillAsync);
        await rush;
        Report("the rush was over");

        await Cluster.GatewayNodes[1].StartAsync();
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
    }
}
