namespace SecKill.Tests.Faults.Deaths;

/// <summary>Gateways that are silos too: a cluster without a process that is only a silo.</summary>
public sealed class CoHostedTests
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Gateways_that_are_silos_sell_exactly_and_drain_all_that_they_sold()
    {
        await using var deployment = new ClusterDeployment(silos: 0, gateways: 2, coHosted: true);
        await deployment.StartAsync();
        var sale = new Sale(deployment);
        await sale.OpenAsync(coupons: 10, amount: 30);

        await sale.RushAsync(60);

        await sale.CheckAsync(_drained);
        Assert.Equal(300, sale.Wins);
    }
}
