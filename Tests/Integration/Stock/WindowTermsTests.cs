namespace SecKill.Tests.Integration.Stock;

/// <summary>Window and pause of the ledger's row reach the stock whole, and what it has seen of the window stays true.</summary>
public abstract class WindowTermsTests(StockSite site)
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public async Task Window_and_pause_are_put_in_and_taken_away_by_the_empty_text()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;

        await ApplyAsync(coupon, 1, now - Hour, now + Hour, paused: true);
        Assert.Equal((now - Hour, now + Hour, 1L), (await coupon.FieldAsync("starts"), await coupon.FieldAsync("ends"), await coupon.FieldAsync("paused")));
        await ApplyAsync(coupon, 2, null, null);

        Assert.Equal((null, null, null), (await coupon.FieldAsync("starts"), await coupon.FieldAsync("ends"), await coupon.FieldAsync("paused")));
        Assert.Equal(5, (await coupon.Stock.ReadAsync()).Left);
    }

    [Fact]
    public async Task A_plain_amount_adds_no_field_of_a_window()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);

        await coupon.Stock.ApplyAsync(coupon.Row(8) with { Version = 1 });

        Assert.False(await site.Database.HashExistsAsync(coupon.Hash, "starts"));
        Assert.False(await site.Database.HashExistsAsync(coupon.Hash, "paused"));
        Assert.False(await site.Database.HashExistsAsync(coupon.Hash, "from"));
    }

    [Fact]
    public async Task An_end_that_has_passed_is_latched_at_once_and_stays_until_it_is_moved_later()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        await ApplyAsync(coupon, 1, null, now - 1);
        var ended = await coupon.FieldAsync("ended");
        Assert.NotNull(ended);

        await ApplyAsync(coupon, 2, null, now - Hour);
        Assert.Equal(ended, await coupon.FieldAsync("ended"));
        await ApplyAsync(coupon, 3, null, now + Hour);
        Assert.Null(await coupon.FieldAsync("ended"));
    }

    [Fact]
    public async Task A_start_that_has_passed_is_latched_and_a_latch_of_the_ledger_comes_along()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;

        await ApplyAsync(coupon, 1, now - 1, null);
        Assert.NotNull(await coupon.FieldAsync("opened"));
        await ApplyAsync(coupon, 2, now + Hour, null);
        Assert.Null(await coupon.FieldAsync("opened"));
        await coupon.Stock.ApplyAsync(Row(coupon, 3, now + Hour, null) with { OpenedAt = 17 });

        Assert.Equal(17, await coupon.FieldAsync("opened"));
    }

    [Fact]
    public async Task A_start_is_held_only_before_it_and_then_the_sale_does_not_begin_until_the_change_is_made_or_given_up()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        Assert.Equal(HoldResult.Started, (await coupon.Stock.HoldStartAsync("token", Row(coupon, 0, null, null), long.MaxValue)).Result);

        // Held in time, and then time passes.
        await ApplyAsync(coupon, 1, now + Hour, null);
        Assert.Equal(HoldResult.Done, (await coupon.Stock.HoldStartAsync("token", Row(coupon, 1, null, null), long.MaxValue)).Result);
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.HoldStartAsync("other", Row(coupon, 1, null, null), long.MaxValue)).Result);
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.HoldAsync("other", Row(coupon, 1, null, null), 1, long.MaxValue)).Result);
        await site.Database.HashSetAsync(coupon.Hash, "starts", now - 1);
        Assert.True((await coupon.Stock.ReadAsync()).IsHeld);
        Assert.Equal([ClaimOutcome.NotStarted], await coupon.ClaimAsync("anna"));
        Assert.Null(await coupon.FieldAsync("opened"));

        Assert.Equal(HoldResult.Done, (await coupon.Stock.ReleaseStartAsync("token", Row(coupon, 1, null, null))).Result);
        Assert.Equal(ClaimOutcome.NotStarted, (await coupon.QuietAsync()).Word);
        Assert.False((await coupon.Stock.ReadAsync()).IsHeld);
        Assert.Equal(HoldResult.Started, (await coupon.Stock.HoldStartAsync("token", Row(coupon, 1, null, null), long.MaxValue)).Result);
    }

    [Fact]
    public async Task A_held_start_ends_with_the_next_version()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        await ApplyAsync(coupon, 1, now + Hour, null);
        await coupon.Stock.HoldStartAsync("token", Row(coupon, 1, null, null), long.MaxValue);

        await ApplyAsync(coupon, 2, now + (2 * Hour), null);

        Assert.False((await coupon.Stock.ReadAsync()).IsHeld);
        Assert.Equal(HoldResult.Overtaken, (await coupon.Stock.ReleaseStartAsync("token", Row(coupon, 1, null, null))).Result);
    }

    [Fact]
    public async Task An_end_that_was_latched_too_early_counts_no_more_once_it_is_set_to_another_time_to_come()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        await ApplyAsync(coupon, 1, null, now + (2 * Hour));
        await site.Database.HashSetAsync(coupon.Hash, "ended", now - 1);
        Assert.Equal([ClaimOutcome.Ended], await coupon.ClaimAsync("anna"));

        await ApplyAsync(coupon, 2, null, now + Hour);

        Assert.Equal(SaleState.Open, (await coupon.Stock.ViewNowAsync()).View!.State);
    }

    [Fact]
    public async Task An_edge_that_was_told_is_latched_by_the_script_that_told_it()
    {
        var coupon = await StockProbe.OpenAsync(site, 5);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        await ApplyAsync(coupon, 1, now + Hour, now + (2 * Hour));
        await site.Database.HashSetAsync(coupon.Hash, [new("starts", now - 2), new("ends", now - 1)]);

        Assert.Equal(SaleState.Ended, (await coupon.Stock.ViewNowAsync()).View!.State);
        Assert.NotNull(await coupon.FieldAsync("ended"));
        await site.Database.HashSetAsync(coupon.Hash, [new("ended", ""), new("opened", ""), new("ends", now + Hour)]);
        // A snapshot's reader keeps no latches.
        Assert.Equal(SaleState.Open, (await coupon.Stock.SnapshotAsync(default))!.State);
        Assert.Null(await coupon.FieldAsync("opened"));
        await coupon.Stock.ViewNowAsync();
        Assert.NotNull(await coupon.FieldAsync("opened"));
    }

    [Theory]
    [InlineData(ClaimOutcome.SoldOut)]
    [InlineData(ClaimOutcome.NotStarted)]
    public async Task Until_units_that_came_back_are_sold_others_hear_the_word_of_before_and_it_is_not_passed_on(ClaimOutcome word)
    {
        var coupon = await StockProbe.OpenAsync(site, 1);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        if (word == ClaimOutcome.SoldOut)
            await coupon.ClaimAsync("anna");
        else
            await ApplyAsync(coupon, 1, now + Hour, null);
        await coupon.Stock.ApplyAsync(coupon.Row(2) with { Version = 2 });
        Assert.Equal(word, (await coupon.QuietAsync()).Word);
        // However long this machine takes.
        now = (await coupon.Stock.ViewNowAsync()).Now;
        await site.Database.HashSetAsync(coupon.Hash, "from", $"{now + 900_000}:{(char)('0' + (int)word)}");

        var decision = await coupon.Stock.ClaimAsync(["bert"]);

        Assert.Equal([word], decision.Outcomes);
        Assert.Null(decision.Refusal);
    }

    [Theory]
    [InlineData("amount")]
    [InlineData("pause")]
    [InlineData("start")]
    [InlineData("end")]
    public async Task Units_that_come_back_are_sold_only_when_all_leases_of_before_have_ended(string what)
    {
        var coupon = await StockProbe.OpenAsync(site, 1);
        var now = (await coupon.Stock.ViewNowAsync()).Now;
        if (what == "amount")
            await coupon.ClaimAsync("anna");
        else
            await ApplyAsync(coupon, 1, what == "start" ? now + Hour : null, what == "end" ? now - 1 : null, paused: what == "pause");
        Assert.False(await site.Database.HashExistsAsync(coupon.Hash, "from"));

        await coupon.Stock.ApplyAsync(coupon.Row(2) with { Version = 2 });

        Assert.InRange((await coupon.QuietAsync()).Until, now + 100_000, (await coupon.Stock.ViewNowAsync()).Now + 100_000);
    }

    private static Task<AppliedTerms> ApplyAsync(StockProbe coupon, long version, long? starts, long? ends, bool paused = false) =>
        coupon.Stock.ApplyAsync(Row(coupon, version, starts, ends) with { PausedAt = paused ? 1 : null });

    private static LedgerCoupon Row(StockProbe coupon, long version, long? starts, long? ends)
    {
        var row = coupon.Row(5);
        return row with { Version = version, Terms = row.Terms with { StartsAt = starts, EndsAt = ends } };
    }
}

public sealed class WindowTermsOnRedis(RedisSite site) : WindowTermsTests(site), IClassFixture<RedisSite>;

public sealed class WindowTermsOnGarnet(GarnetSite site) : WindowTermsTests(site), IClassFixture<GarnetSite>;
