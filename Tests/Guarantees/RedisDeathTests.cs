using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>Outcomes never lie, and nothing is oversold: Redis dies, or loses everything, in the middle of a sale.</summary>
public sealed class RedisDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Fact]
    public async Task A_killed_redis_costs_no_claim_and_what_is_not_known_is_said_to_be_so()
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, Cluster.RedisServer.KillAsync);
        foreach (var coupon in Sale.Coupons)
            Assert.Equal(Heard.Unknown, await Sale.ClaimAsync(coupon, Names.Fresh("unlucky")));
        Report("six claims were answered 503");

        await Cluster.RedisServer.StartAsync();
        Report("Redis was back");
        await SellingResumesAsync(TimeSpan.FromSeconds(40));
        Report("all coupons were sold again");
        await rush;

        Assert.True(Sale.Slowest < TimeSpan.FromSeconds(20), $"somebody waited {Sale.Slowest}");
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        Assert.All(Cluster.Silos.Concat(Cluster.GatewayNodes), node => Assert.True(node.IsRunning, node.Output));
    }
}
