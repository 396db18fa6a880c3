using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>True outcomes and no oversell: Redis dies, or loses everything, during a sale.</summary>
[Collection(ClusterDrills.OfStores)]
public sealed class RedisDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    [Fact]
    public async Task What_redis_sold_after_the_answer_was_given_up_is_drained_and_listed_though_nobody_claims_any_more()
    {
        await Sale.OpenAsync(coupons: 1, amount: 2);
        var coupon = Sale.Coupons[0];
        Assert.NotEqual(Heard.SoldOut, await Sale.ClaimUntilDecidedAsync(coupon, Names.Fresh("early")));
        // So that no relay is due that would persist the second claim too.
        await Eventually.EqualAsync("the first claim is drained", (1L, 0L), async () => (
            await Cluster.LedgerLeftAsync(coupon.Seller, coupon.Name),
            await Cluster.Redis!.GetDatabase().ListLengthAsync(StockKeys.OfCoupon(CouponId.Known(coupon.Seller, coupon.Name))[2])), Drained);
        var customer = Names.Fresh("unlucky");

        await Cluster.RedisServer.SignalAsync("STOP");
        try
        {
            // The script waits in Redis' socket and runs once Redis resumes.
            Assert.Equal(Heard.Unknown, await Sale.ClaimAsync(coupon, customer));
        }
        finally
        {
            await Cluster.RedisServer.SignalAsync("CONT");
        }

        await Eventually.EqualAsync(
            "the ledger has what nobody heard of", 0L, () => Cluster.LedgerLeftAsync(coupon.Seller, coupon.Name), Sale.WithoutReminder);
        var token = new Tokens(Cluster.SigningKey).Mint(customer, Tokens.Customer);
        Expect.Listed(await new ApiClient(Cluster.Gateways[0]).ListAsync(token, customer), coupon.Name);
        await Sale.CheckAsync(Drained);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task A_redis_that_dies_or_hangs_costs_no_claim_and_what_is_not_known_is_said_to_be_so(string signal)
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var rush = await DuringSaleAsync(customers: 140, afterWins: 250, () => signal == "KILL" ? Cluster.RedisServer.KillAsync() : Cluster.RedisServer.SignalAsync(signal));
        try
        {
            var unlucky = await Task.WhenAll(Sale.Coupons.Select(coupon => Sale.ClaimAsync(coupon, Names.Fresh("unlucky"))));
            Assert.All(unlucky, heard => Assert.Equal(Heard.Unknown, heard));
            Report("six claims were answered 503");
        }
        finally
        {
            await (signal == "KILL" ? Cluster.RedisServer.StartAsync() : Cluster.RedisServer.SignalAsync("CONT"));
        }
        Report("Redis was back");
        await SellingResumesAsync(TimeSpan.FromSeconds(40));
        Report("all coupons were sold again");
        await rush;

        Assert.True(Sale.Slowest < 2 * Sale.Answered, $"a customer waited {Sale.Slowest}");
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
        Assert.All(Cluster.Silos.Concat(Cluster.GatewayNodes), node => Assert.True(node.IsRunning, node.Output));
    }
}
