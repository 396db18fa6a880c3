namespace SecKill.Tests.Integration.Stock;

/// <summary>A sale begins and ends by the server's clock, to the microsecond, and what has passed stays so.</summary>
public abstract class WindowTests(StockSite site)
{
    private const long Past = 1_000_000;
    private const long Future = 4_000_000_000_000_000;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task No_unit_is_won_before_the_start_and_none_is_refused_from_it_on()
    {
        var starts = await NowAsync() + 2_000_000;
        var coupon = await OpenAsync(100_000, starts: starts);
        var (early, late) = (0, 0);
        for (var i = 0; late < 20; i++)
        {
            var decision = await coupon.Stock.ClaimAsync([$"customer-{i}"]);
            Assert.Equal(decision.Micros < starts ? ClaimOutcome.NotStarted : ClaimOutcome.Claimed, decision.Outcomes[0]);
            Assert.Equal(decision.Micros < starts ? ClaimOutcome.NotStarted : null, decision.Refusal);
            Assert.Equal(decision.Micros < starts ? TimeSpan.FromMicroseconds(starts - decision.Micros) : null, decision.Terms!.StartsIn);
            (early, late) = decision.Micros < starts ? (early + 1, late) : (early, late + 1);
        }
        Assert.True(early > 0);
        Assert.InRange((await coupon.FieldAsync("opened"))!.Value, starts, starts + (long)_limit.TotalMicroseconds);
        Assert.Equal(20, (await coupon.OwnersAsync()).Count);
    }

    [Fact]
    public async Task The_end_is_the_first_moment_in_which_nothing_is_won()
    {
        var ends = await NowAsync() + 2_000_000;
        var coupon = await OpenAsync(100_000, ends: ends);
        var (early, late) = (0, 0);
        for (var i = 0; late < 20; i++)
        {
            var decision = await coupon.Stock.ClaimAsync([$"customer-{i}"]);
            Assert.Equal(decision.Micros < ends ? ClaimOutcome.Claimed : ClaimOutcome.Ended, decision.Outcomes[0]);
            Assert.Equal(decision.Micros < ends ? TimeSpan.FromMicroseconds(ends - decision.Micros) : null, decision.Terms!.EndsIn);
            (early, late) = decision.Micros < ends ? (early + 1, late) : (early, late + 1);
        }
        Assert.True(early > 0);
        Assert.Equal(early, (await coupon.OwnersAsync()).Count);
        Assert.Equal(ClaimOutcome.AlreadyClaimed, Assert.Single(await coupon.ClaimAsync("customer-0")));
    }

    [Fact]
    public async Task An_owner_hears_so_first_and_the_others_of_the_window_then_of_a_pause_then_that_nothing_is_left()
    {
        var coupon = await OpenAsync(1, starts: Past, ends: Future);
        Assert.Equal([ClaimOutcome.Claimed], await coupon.ClaimAsync("owner"));

        Assert.Equal((ClaimOutcome.SoldOut, SaleState.SoldOut), await HearAsync());
        await SetAsync("paused", "1");
        Assert.Equal((ClaimOutcome.Paused, SaleState.Paused), await HearAsync());
        await SetAsync("ends", Past);
        Assert.Equal((ClaimOutcome.Ended, SaleState.Ended), await HearAsync());
        await SetAsync("ended", "");
        await SetAsync("ends", "");
        await SetAsync("opened", "");
        await SetAsync("starts", Future);
        Assert.Equal((ClaimOutcome.NotStarted, SaleState.Scheduled), await HearAsync());

        Task SetAsync(string field, RedisValue value) => site.Database.HashSetAsync(coupon.Hash, field, value);

        async Task<(ClaimOutcome, SaleState)> HearAsync()
        {
            var outcomes = await coupon.ClaimAsync("owner", "other", "owner", "other");
            Assert.Equal([ClaimOutcome.AlreadyClaimed, outcomes[1], ClaimOutcome.AlreadyClaimed, outcomes[1]], outcomes);
            return (outcomes[1], (await coupon.Stock.ViewNowAsync()).View!.State);
        }
    }

    [Fact]
    public async Task What_was_seen_holds_though_the_clock_is_set_back()
    {
        var (begun, over) = (await OpenAsync(5, starts: Past), await OpenAsync(5, ends: Past));
        await begun.ClaimAsync("anna");
        await over.ClaimAsync("anna");

        // As it is for a clock that stands before the edges.
        await site.Database.HashSetAsync(begun.Hash, "starts", Future);
        await site.Database.HashSetAsync(over.Hash, "ends", Future);

        Assert.Equal([ClaimOutcome.Claimed], await begun.ClaimAsync("bert"));
        Assert.Equal([ClaimOutcome.Ended], await over.ClaimAsync("bert"));
    }

    [Fact]
    public async Task A_sale_that_is_over_when_it_is_first_asked_for_was_never_opened()
    {
        var coupon = await OpenAsync(5, starts: Past, ends: Past + 1);

        Assert.Equal([ClaimOutcome.Ended], await coupon.ClaimAsync("anna"));

        Assert.Equal((null, false), (await coupon.FieldAsync("opened"), await coupon.FieldAsync("ended") is null));
    }

    [Fact]
    public async Task In_the_quiet_time_after_units_came_back_none_is_won_and_no_refusal_may_be_passed_on()
    {
        var coupon = await OpenAsync(5, starts: Past);
        await site.Database.HashSetAsync(coupon.Hash, "from", $"{await NowAsync() + 900_000}:7");

        var decision = await coupon.Stock.ClaimAsync(["anna"]);
        Assert.Equal((ClaimOutcome.Paused, null), (decision.Outcomes[0], decision.Refusal));
        Assert.Equal(SaleState.Open, (await coupon.Stock.ViewNowAsync()).View!.State);

        // Written before the clock was set back.
        await site.Database.HashSetAsync(coupon.Hash, "from", $"{await NowAsync() + 60_000_000}:7");
        Assert.Equal([ClaimOutcome.Claimed], await coupon.ClaimAsync("anna"));
    }

    [Fact]
    public async Task A_view_tells_terms_state_and_how_long_it_is_until_the_edges()
    {
        var (starts, ends) = (await NowAsync() + 60_000_000, await NowAsync() + 90_000_000);
        var coupon = await OpenAsync(5, starts, ends);

        var (view, now, _) = await coupon.Stock.ViewNowAsync();

        Assert.Equal(
            new CouponView("coupon", 5, "", 5, 5, SaleState.Scheduled, starts, ends, starts - now, ends - now, Version: 1), view);
        var plain = await StockProbe.OpenAsync(site, 3);
        Assert.Equal(new CouponView("coupon", 5, "", 3, 3, SaleState.Open, null, null, null, null, 0), (await plain.Stock.ViewNowAsync()).View);
        await site.Database.KeyDeleteAsync(plain.Hash);
        Assert.Null((await plain.Stock.ViewNowAsync()).View);
    }

    [Fact]
    public async Task A_plain_coupon_gets_no_field_and_its_decision_no_terms()
    {
        var coupon = await StockProbe.OpenAsync(site, 3);
        var before = await site.Database.HashKeysAsync(coupon.Hash);

        Assert.Null((await coupon.Stock.ClaimAsync(["anna"])).Terms);

        Assert.Equal(before.Order(), (await site.Database.HashKeysAsync(coupon.Hash)).Order());
        Assert.DoesNotContain((RedisValue)"version", before);
    }

    private async Task<long> NowAsync() => (await new StockProbe(site, CouponId.Known("seller", "none")).Stock.ViewNowAsync()).Now;

    private async Task<StockProbe> OpenAsync(int amount, long? starts = null, long? ends = null)
    {
        var coupon = new StockProbe(site, CouponId.Known(Names.Fresh("seller"), "coupon"));
        var row = coupon.Row(amount);
        row = row with { Version = 1, Terms = row.Terms with { StartsAt = starts, EndsAt = ends } };
        Assert.True(await coupon.Stock.OpenNewAsync(await coupon.Stock.CurrentScriptsAsync(), row));
        return coupon;
    }
}

public sealed class WindowsOnRedis(RedisSite site) : WindowTests(site), IClassFixture<RedisSite>;

public sealed class WindowsOnGarnet(GarnetSite site) : WindowTests(site), IClassFixture<GarnetSite>;
