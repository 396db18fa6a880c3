using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>Outcomes never lie, and nothing is oversold: Redis dies, or loses everything, in the middle of a sale.</summary>
public sealed class RedisDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task A_redis_that_dies_or_hangs_costs_no_claim_and_what_is_not_known_is_said_to_be_so(string signal)
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, () => signal == "KILL" ? Cluster.RedisServer.KillAsync() : Cluster.RedisServer.SignalAsync(signal));
        var unlucky = await Task.WhenAll(Sale.Coupons.Select(coupon => Sale.ClaimAsync(coupon, Names.Fresh("unlucky"))));
        Assert.All(unlucky, heard => Assert.Equal(Heard.Unknown, heard));
        Report("six claims were answered 503");

        await (signal == "KILL" ? Cluster.RedisServer.StartAsync() : Cluster.RedisServer.SignalAsync("CONT"));
        Report("Redis was back");
        await SellingResumesAsync(TimeSpan.FromSeconds(40));
        Report("all coupons were sold again");
        await rush;

        Assert.True(Sale.Slowest < TimeSpan.FromSeconds(25), $"somebody waited {Sale.Slowest}");
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        Assert.All(Cluster.Silos.Concat(Cluster.GatewayNodes), node => Assert.True(node.IsRunning, node.Output));
    }
}
