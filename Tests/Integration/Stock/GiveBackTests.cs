namespace SecKill.Tests.Integration.Stock;

/// <summary>A unit that its owner gives back is for sale again, and its earlier owner never gets another.</summary>
public abstract class GiveBackTests(StockSite site)
{
    [Fact]
    public async Task A_unit_that_was_given_back_is_won_by_another_and_never_by_its_earlier_owner()
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 1);
        await coupon.ClaimAsync("anna");

        var given = await coupon.GiveBackAsync("anna");
        Assert.Equal((StockState.Verified, 1, 1L), (given.State, given.Left, given.Returned));
        await EndQuietAsync(coupon);

        Assert.Equal([ClaimOutcome.Returned, ClaimOutcome.Claimed, ClaimOutcome.SoldOut, ClaimOutcome.Returned], await coupon.ClaimAsync("anna", "bert", "carl", "anna"));
        Assert.Equal(["anna", "bert"], await coupon.QueueAsync());
        Assert.Equal(["bert"], await coupon.OwnersAsync());
    }

    [Fact]
    public async Task Giving_back_again_changes_nothing_and_names_without_a_unit_are_told()
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 5);
        await coupon.ClaimAsync("anna", "bert");
        await coupon.GiveBackAsync("anna");

        var given = await coupon.GiveBackAsync("carl", "anna", "bert", "bert");

        Assert.Equal([GiveBackResult.NoOwner, GiveBackResult.DoneBefore, GiveBackResult.Done, GiveBackResult.DoneBefore], given.Results);
        Assert.Equal((5, 2L), (given.Left, given.Returned));
        Assert.Equal(given with { Results = [] }, await coupon.GiveBackAsync("anna", "bert") with { Results = [] });
        Assert.Equal(2L, (await coupon.Stock.ReadAsync()).Returned);
    }

    [Fact]
    public async Task Units_that_come_back_to_a_sold_out_coupon_are_not_sold_before_the_last_lease_has_ended()
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 2);
        await coupon.ClaimAsync("anna", "bert");

        await coupon.GiveBackAsync("anna");
        Assert.Equal(ClaimOutcome.SoldOut, (await coupon.QuietAsync()).Word);
        var decision = await coupon.Stock.ClaimAsync(["anna", "bert", "carl"]);

        // Decided at once if the machine was slow.
        if (decision.Outcomes[2] != ClaimOutcome.Claimed)
        {
            Assert.Equal([ClaimOutcome.Returned, ClaimOutcome.AlreadyClaimed, ClaimOutcome.SoldOut], decision.Outcomes);
            Assert.Null(decision.Refusal);
        }
        await EndQuietAsync(coupon);
        Assert.NotEqual(ClaimOutcome.SoldOut, (await coupon.ClaimAsync("carl"))[0]);
    }

    [Fact]
    public async Task Nothing_comes_back_to_another_row_or_epoch_or_to_a_coupon_without_returns()
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 2);
        await coupon.ClaimAsync("anna");
        Assert.Equal(StockState.Unverified, (await coupon.Stock.GiveBackAsync(new LedgerKey(1, 2), 0, ["anna"])).State);
        Assert.Equal(StockState.Unverified, (await coupon.Stock.GiveBackAsync(new LedgerKey(1, 1), 1, ["anna"])).State);
        var plain = await StockProbe.OpenAsync(site, 2);
        await plain.ClaimAsync("anna");
        Assert.Equal(StockState.Unverified, (await plain.GiveBackAsync("anna")).State);

        Assert.Equal(["anna"], await coupon.OwnersAsync());
        Assert.Equal(["anna"], await plain.OwnersAsync());
    }

    [Fact]
    public async Task How_a_customer_stands_is_told_with_the_row_and_the_time()
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 3);
        await coupon.ClaimAsync("anna", "bert");
        await coupon.GiveBackAsync("anna");

        var standings = await Task.WhenAll("anna bert carl".Split(' ').Select(coupon.Stock.StandingAsync));

        Assert.Equal([Holding.Returned, Holding.Owner, Holding.Nothing], standings.Select(one => one.Holding));
        Assert.All(standings, one => Assert.Equal((StockState.Verified, new LedgerKey(1, 1), 0L, true), (one.State, one.Coupon, one.Epoch, one.TakesReturns)));
        Assert.All(standings, one => Assert.InRange(one.Now, 1_700_000_000_000_000, 9_000_000_000_000_000));
        Assert.False((await (await StockProbe.OpenAsync(site, 1)).Stock.StandingAsync("anna")).TakesReturns);
    }

    [Fact]
    public async Task The_terms_of_returns_are_read_as_they_were_opened()
    {
        var probe = new StockProbe(site, CouponId.Known(Names.Fresh("seller"), "coupon"));
        var row = probe.Row(3);
        var terms = row.Terms with { Returns = true, ReturnUntil = 4_000_000_000_000_000 };
        Assert.True(await probe.Stock.OpenNewAsync(await probe.Stock.CurrentScriptsAsync(), row with { Version = 1, Terms = terms }));

        Assert.Equal(terms, (await probe.Stock.ReadAsync()).Terms);
        var (view, _, _) = await probe.Stock.ViewNowAsync();
        Assert.Equal((true, terms.ReturnUntil), (view!.Returns, view.ReturnUntil));
        Assert.Equal(ApplyResult.Applied, (await probe.Stock.ApplyAsync(row with { Version = 2, Terms = terms with { Amount = 4 } })).Result);
        Assert.Equal(terms with { Amount = 4 }, (await probe.Stock.ReadAsync()).Terms);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Half_a_return_is_found_by_the_next_script(int writes)
    {
        var coupon = await StockProbe.OpenWithReturnsAsync(site, 4);
        await coupon.ClaimAsync("anna", "bert", "carl");

        Assert.True(await coupon.TearReturnAsync(writes, 0, "anna", "bert"));

        Assert.Equal(StockState.Unverified, (await coupon.Stock.ClaimAsync(["dora"])).State);
        Assert.Equal(StockState.Unverified, (await coupon.GiveBackAsync("carl")).State);
        Assert.Equal(StockState.Unverified, (await coupon.Stock.StandingAsync("anna")).State);
        Assert.Equal(StockState.Unverified, (await coupon.Stock.PeekAsync(1)).State);
    }

    private Task<bool> EndQuietAsync(StockProbe coupon) => site.Database.HashDeleteAsync(coupon.Hash, "from");
}

public sealed class GiveBackOnRedis(RedisSite site) : GiveBackTests(site), IClassFixture<RedisSite>;

public sealed class GiveBackOnGarnet(GarnetSite site) : GiveBackTests(site), IClassFixture<GarnetSite>;
