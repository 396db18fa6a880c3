using SecKill.Bench.Http;
using SecKill.Bench.Scaling;
using SecKill.Bench.Tokens;

namespace SecKill.Tests.Integration.Bench;

/// <summary>What a buyer of <c>bench scale</c> remembers: a forgotten claim would look like a unit sold without an answer.</summary>
public sealed class BuyerTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_claim_that_waits_to_be_tried_again_is_undecided_until_it_is_sent()
    {
        await using var server = await new PretendServer().StartAsync();
        using var sale = new ScaledSale(Target.Parse(server.Url), TokenTerms.OfOwnServers(), scarceUnits: 1);
        await sale.AddCouponsAsync(1, TestContext.Current.CancellationToken);
        var buyer = new Buyer(sale, connection: 0);
        Assert.True(buyer.TryPrepare());
        Assert.Empty(buyer.Undecided);
        buyer.Sending();
        buyer.Answered(new HttpReply(503, ClaimResult.None, 1, default));
        var undecided = Assert.Single(buyer.Undecided);

        await Eventually.EqualAsync("a claim is made by nobody new", 0L, () =>
        {
            var before = sale.Crowd.Taken;
            return Task.FromResult(buyer.TryPrepare() ? sale.Crowd.Taken - before : -1);
        }, _soon);

        Assert.Equal(undecided, Assert.Single(buyer.Undecided));
        buyer.Sending();
        Assert.Empty(buyer.Undecided);
        buyer.Lost();
        await sale.SettleAsync(Assert.Single(buyer.Undecided), TestContext.Current.CancellationToken);
        Assert.True(sale.Judge.Check().Passed, sale.Judge.Check().Found);
        Assert.Equal([undecided.User], sale.Coupons[0].Owners);
    }
}
