namespace SecKill.Tests.Integration.Stock;

/// <summary>Units that a change is about to take are set aside first, so that no claim wins them meanwhile.</summary>
public abstract class HoldTests(StockSite site)
{
    [Fact]
    public async Task Held_units_are_not_sold_and_end_with_the_next_version()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna", "bert");

        Assert.Equal(new HeldUnits(StockState.Verified, 0, 2, 2, 2, HoldResult.Done), await HoldAsync(coupon, 2));
        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.SoldOut], await coupon.ClaimAsync("carl", "dora"));
        Assert.Equal(new AppliedTerms(StockState.Verified, 1, 0, ApplyResult.Applied), await coupon.Stock.ApplyAsync(coupon.Row(3) with { Version = 1 }));

        Assert.Equal((3, 0), (await coupon.FieldAsync("amount"), await coupon.FieldAsync("held")));
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.ReleaseAsync("token", coupon.Row(5), 2)).Result);
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.SoldOut], await coupon.ClaimAsync("carl", "dora"));
    }

    [Fact]
    public async Task All_that_are_left_are_held_at_once_and_given_back_once()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna");

        Assert.Equal((4, 4, 1), await CountsAsync(HoldAsync(coupon, null)));
        Assert.Equal((0, 4L), ((await coupon.Stock.ReadAsync()).Left, (await coupon.Stock.ReadAsync()).Held));
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.ReleaseAsync("other", coupon.Row(5), 4)).Result);
        Assert.Equal((4, 0, 1), await CountsAsync(coupon.Stock.ReleaseAsync("token", coupon.Row(5), 4)));
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.ReleaseAsync("token", coupon.Row(5), 4)).Result);

        Assert.Equal((4, 0L), ((await coupon.Stock.ReadAsync()).Left, (await coupon.Stock.ReadAsync()).Held));
        // Leases of the time without units may still be out.
        Assert.Equal(ClaimOutcome.SoldOut, (await coupon.QuietAsync()).Word);
    }

    [Fact]
    public async Task More_than_are_left_are_not_held_and_nothing_changes()
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        await coupon.ClaimAsync("anna", "bert");

        var held = await HoldAsync(coupon, 2);

        Assert.Equal((HoldResult.BelowOwners, 2, 0), (held.Result, held.Owners, held.Held));
        Assert.Null(await coupon.FieldAsync("version"));
        Assert.Equal([ClaimOutcome.Claimed], await coupon.ClaimAsync("carl"));
    }

    [Fact]
    public async Task One_change_holds_at_a_time_and_only_at_the_version_it_read()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);

        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.HoldAsync("token", coupon.Row(5) with { Version = 1 }, 1, long.MaxValue)).Result);
        Assert.Equal(HoldResult.Done, (await HoldAsync(coupon, 1)).Result);
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.HoldAsync("another", coupon.Row(5), 1, long.MaxValue)).Result);
        Assert.Equal(StockState.Unverified, (await coupon.Stock.HoldAsync("token", coupon.Row(5, ledgerId: 2), 1, long.MaxValue)).State);
    }

    [Fact]
    public async Task A_call_that_arrives_when_its_caller_has_gone_holds_nothing()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;

        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.HoldAsync("token", coupon.Row(5), 1, now - 1)).Result);

        Assert.Equal(5, (await coupon.Stock.ReadAsync()).Left);
    }

    [Fact]
    public async Task A_rebuild_drops_what_is_held()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var scripts = await coupon.Stock.CurrentScriptsAsync();
        await HoldAsync(coupon, 4);
        await site.Server.EvaluateAsync(Script.Close, coupon.Keys[..StockKeys.Fenced], "token", 50_000_000);
        Assert.Equal(HoldResult.NotVerified, (await HoldAsync(coupon, 1)).Result);

        Assert.Equal(OpenResult.Opened, await coupon.Stock.OpenAsync(scripts, "token", coupon.Row(5), 0, 0, 0));

        Assert.Equal((5, 0L), ((await coupon.Stock.ReadAsync()).Left, (await coupon.Stock.ReadAsync()).Held));
    }

    [Fact]
    public async Task Owners_are_told_and_none_is_won_while_operators_have_it_stopped()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        await coupon.ClaimAsync("anna");

        var told = await coupon.Stock.TellAsync(["anna", "bert"]);

        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Paused], told.Outcomes);
        Assert.Equal((4, 1L), (told.Left, told.Stamp.Positions));
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Claimed], await coupon.ClaimAsync("anna", "bert"));
    }

    [Fact]
    public async Task A_stop_of_operators_hides_neither_a_start_nor_an_end_and_gives_a_lease_where_no_unit_could_be_won_without_it()
    {
        var coupon = await StockProbe.OpenAsync(site, 2);
        await coupon.ClaimAsync("anna");
        Assert.Null((await coupon.Stock.TellAsync(["bert"])).Refusal);
        await coupon.ClaimAsync("carl");
        Assert.Equal(ClaimOutcome.Paused, (await coupon.Stock.TellAsync(["bert"])).Refusal);
        var now = (await coupon.Stock.ViewNowAsync()).Now;

        await coupon.Stock.ApplyAsync(Row(coupon, 1, now + 3_600_000_000, null));
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.NotStarted], (await coupon.Stock.TellAsync(["anna", "bert"])).Outcomes);
        await coupon.Stock.ApplyAsync(Row(coupon, 2, null, now - 1));

        var told = await coupon.Stock.TellAsync(["anna", "bert"]);
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Ended], told.Outcomes);
        Assert.Equal(ClaimOutcome.Ended, told.Refusal);
    }

    private static LedgerCoupon Row(StockProbe coupon, long version, long? starts, long? ends)
    {
        var row = coupon.Row(2);
        return row with { Version = version, Terms = row.Terms with { StartsAt = starts, EndsAt = ends } };
    }

    private static Task<HeldUnits> HoldAsync(StockProbe coupon, int? count) => coupon.Stock.HoldAsync("token", coupon.Row(5), count, long.MaxValue);

    private static async Task<(int Count, int Held, int Owners)> CountsAsync(Task<HeldUnits> holding)
    {
        var held = await holding;
        return (held.Count, held.Held, held.Owners);
    }
}

public sealed class HoldsOnRedis(RedisSite site) : HoldTests(site), IClassFixture<RedisSite>;

public sealed class HoldsOnGarnet(GarnetSite site) : HoldTests(site), IClassFixture<GarnetSite>;
