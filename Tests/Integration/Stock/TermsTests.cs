namespace SecKill.Tests.Integration.Stock;

/// <summary>Terms of the ledger reach the stock in the order of their versions, and no stock is opened under terms of before a stop.</summary>
public abstract class TermsTests(StockSite site)
{
    [Fact]
    public async Task Later_terms_are_put_in_and_equal_or_earlier_ones_are_not()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna", "bert");

        Assert.Equal(new AppliedTerms(StockState.Verified, 2, 6, ApplyResult.Applied), await ApplyAsync(coupon, version: 2, amount: 8));
        Assert.Equal(new AppliedTerms(StockState.Verified, 2, 6, ApplyResult.HadThem), await ApplyAsync(coupon, version: 2, amount: 9));
        Assert.Equal(new AppliedTerms(StockState.Verified, 2, 6, ApplyResult.HadThem), await ApplyAsync(coupon, version: 1, amount: 3));

        Assert.Equal((2, 8), (await VersionAsync(coupon), await coupon.FieldAsync("amount")));
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Claimed], await coupon.ClaimAsync("anna", "carl"));
    }

    [Fact]
    public async Task Fewer_units_than_owners_are_refused_and_nothing_changes()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna", "bert");

        Assert.Equal(new AppliedTerms(StockState.Verified, 0, 3, ApplyResult.TooManyOwners), await ApplyAsync(coupon, version: 1, amount: 1));

        Assert.Equal((0, 5), (await VersionAsync(coupon), await coupon.FieldAsync("amount")));
        Assert.Equal([ClaimOutcome.Claimed], await coupon.ClaimAsync("carl"));
    }

    [Fact]
    public async Task Terms_of_another_row_of_the_ledger_are_not_put_in()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);

        Assert.Equal(StockState.Unverified, (await coupon.Stock.ApplyAsync(coupon.Row(9, ledgerId: 2) with { Version = 1 })).State);

        Assert.Equal(5, await coupon.FieldAsync("amount"));
    }

    [Fact]
    public async Task Closed_stock_cannot_be_opened_under_terms_of_before_a_stop()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var scripts = await coupon.Stock.CurrentScriptsAsync();
        await site.Server.EvaluateAsync(Script.Close, coupon.Keys[..StockKeys.Fenced], "token", 50_000_000);

        Assert.Equal(StockState.Closed, (await ApplyAsync(coupon, version: 3, amount: 5, stops: true)).State);

        Assert.Equal(OpenResult.BelowFloor, await OpenAsync(2));
        Assert.Equal(StockState.Closed, await coupon.StateAsync());
        Assert.Equal(OpenResult.Opened, await OpenAsync(3));
        Assert.Equal((StockState.Verified, 3), (await coupon.StateAsync(), await VersionAsync(coupon)));

        Task<OpenResult> OpenAsync(long version) => coupon.Stock.OpenAsync(scripts, "token", coupon.Row(5) with { Version = version }, 0, 0, 0);
    }

    [Fact]
    public async Task A_stop_of_stock_that_is_missing_keeps_a_coupon_of_before_from_being_opened()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await site.Database.KeyDeleteAsync(coupon.Hash);

        Assert.Equal(StockState.Missing, (await ApplyAsync(coupon, version: 1, amount: 5, stops: true)).State);

        Assert.Equal(StockState.Missing, await coupon.StateAsync());
        Assert.False(await coupon.Stock.OpenNewAsync(await coupon.Stock.CurrentScriptsAsync(), coupon.Row(5)));
    }

    [Fact]
    public async Task A_floor_does_not_bind_another_coupon_of_that_name()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var scripts = await coupon.Stock.CurrentScriptsAsync();
        await ApplyAsync(coupon, version: 3, amount: 5, stops: true);
        await site.Server.EvaluateAsync(Script.Close, coupon.Keys[..StockKeys.Fenced], "token", 50_000_000);

        Assert.Equal(OpenResult.Opened, await coupon.Stock.OpenAsync(scripts, "token", coupon.Row(5, ledgerId: 2), 0, 0, 0));

        Assert.Null(await coupon.FieldAsync("version"));
    }

    [Fact]
    public async Task Held_units_and_returned_names_are_part_of_the_equations_and_a_rebuild_drops_the_held()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna", "bert");
        await site.Database.HashSetAsync(coupon.Hash, [new("version", 0), new("left", 1), new("held", 2), new("returns", 1)]);
        Assert.Equal(StockState.Verified, await coupon.StateAsync());

        await site.Database.SetMoveAsync(coupon.Owners, coupon.Returned, "anna");
        Assert.Equal(StockState.Unverified, await coupon.StateAsync());
        await site.Database.HashIncrementAsync(coupon.Hash, "left");
        var reading = await coupon.Stock.ReadAsync();
        Assert.Equal((StockState.Verified, 2L, 1L, 2), (reading.State, reading.Positions, reading.Returned, reading.Left));
        Assert.Equal(2, (await coupon.Stock.ClaimAsync(["carl"])).FirstPosition);

        var scripts = await coupon.Stock.CurrentScriptsAsync();
        await site.Server.EvaluateAsync(Script.Close, coupon.Keys[..StockKeys.Fenced], "token", 50_000_000);
        Assert.Equal(OpenResult.Opened, await coupon.Stock.OpenAsync(scripts, "token", coupon.Row(5) with { Drained = 3 }, owners: 2, 0, returned: 1));
        Assert.Equal((null, 3), (await coupon.FieldAsync("held"), await coupon.FieldAsync("left")));
    }

    private static Task<AppliedTerms> ApplyAsync(StockProbe coupon, long version, int amount, bool stops = false) =>
        coupon.Stock.ApplyAsync(coupon.Row(amount) with { Version = version }, stops);

    private static async Task<long> VersionAsync(StockProbe coupon) => (await coupon.Stock.ReadAsync()).Version;
}

public sealed class TermsOnRedis(RedisSite site) : TermsTests(site), IClassFixture<RedisSite>;

public sealed class TermsOnGarnet(GarnetSite site) : TermsTests(site), IClassFixture<GarnetSite>;
