namespace SecKill.Tests.Integration.Guarantees;

/// <content>What was told holds, whichever request told it; and units find those in line though the activation that should serve knows of nothing.</content>
public sealed partial class WaitingListTests
{
    [Theory]
    [InlineData(nameof(ICouponGrain.Place))]
    [InlineData(nameof(ICouponGrain.Join))]
    [InlineData(nameof(ICouponGrain.Leave))]
    public async Task Who_heard_of_owning_a_unit_owns_it_though_Redis_is_lost_before_it_was_recorded(string asked)
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await JoinAsync(grain, "carl", "dora");
        await RecordedAsync(coupon);
        await ReturnedElsewhereAsync(coupon, "anna", claims: 2);
        _before = method => method == nameof(ILedger.DrainAsync) ? throw new UnavailableException("SQL takes no claims.") : Task.CompletedTask;
        var stock = new CouponStock(Stock, coupon);
        await Eventually.EqualAsync("carl is served past the activation", 1L, async () => (await stock.ServeAsync()).Waiting, _soon);

        if (asked == nameof(ICouponGrain.Place))
            Assert.Equal([(0L, 1L)], await PlacesAsync(grain, "carl"));
        else
            Assert.Equal([WaitOutcome.AlreadyClaimed], (asked == nameof(ICouponGrain.Join) ? await grain.Join(["carl"]) : await grain.Leave(["carl"])).Outcomes);

        // In line again, nobody would be served.
        await ChangeAsync(grain, new CouponChange(ChangeAction.Pause));
        await FlushAsync();
        await Eventually.EqualAsync("the stock is rebuilt", true, () => TryAsync(grain.EnsureVerified), _soon);
        Assert.Equal([(0L, 1L), (1L, 1L)], await PlacesAsync(grain, "carl", "dora"));
        _before = null;
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);
    }

    [Fact]
    public async Task A_return_that_is_the_first_an_activation_hears_of_a_coupon_serves_those_in_line()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora");
        await AgreeAsync(coupon, served: [], waiting: ["carl", "dora"]);
        await StartClusterAsync(silos: 1);

        Assert.Equal(ReturnStatus.Returned, await Clusters[1].Client.GetGrain<ICouponGrain>(coupon.Key).Return("anna"));

        await ServedWithoutAQuestionAsync(coupon);
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);
    }

    [Fact]
    public async Task A_rebuild_that_a_relay_makes_is_followed_by_serving()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora");
        await RecordedAsync(coupon);
        await ReturnedElsewhereAsync(coupon, "anna", claims: 1);
        // As if Redis had been started anew.
        await Stock.Database.HashSetAsync(StockKeys.OfCoupon(coupon)[0], "incarnation", "of before");

        await grain.RelaySoon();

        await ServedWithoutAQuestionAsync(coupon);
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_end_that_a_join_hears_of_first_is_written_to_the_ledger_whether_or_not_that_takes_joins(bool takesNoJoins)
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl");
        await RecordedAsync(coupon);
        var ends = DateTimeOffset.UtcNow.AddSeconds(1.5).ToUnixTimeMilliseconds() * 1_000;
        await ChangeAsync(grain, new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(ends) });
        if (takesNoJoins)
        {
            _before = method => method == nameof(ILedger.DrainWaitlogAsync) ? throw new UnavailableException("SQL takes no joins.") : Task.CompletedTask;
            await JoinAsync(grain, "dora");
        }

        var i = 0;
        await Eventually.EqualAsync("it has ended", WaitOutcome.Ended, async () => (await grain.Join([$"late-{i++}"])).Outcomes[0], _soon);

        await Eventually.EqualAsync("the ledger has the end", true, async () => (await Ledger.FindAsync(coupon))!.EndedAt is not null, _beforeTheWakeUp);
    }

    /// <summary>What comes of a return whose activation died right after it.</summary>
    private async Task ReturnedElsewhereAsync(CouponId coupon, string owner, long claims)
    {
        await Eventually.EqualAsync("the claims are recorded", claims, async () => (await Ledger.FindAsync(coupon))!.Drained, _soon);
        var row = (await Ledger.FindAsync(coupon))!;
        Assert.Equal([ReturnResult.Done], await Ledger.ReturnAsync([new ClaimReturn(row.Key, row.Epoch, owner, 1)]));
        var given = await new CouponStock(Stock, coupon).GiveBackAsync(row.Key, row.Epoch, [owner]);
        Assert.Equal((StockState.Verified, 1), (given.State, given.Left));
    }

    /// <summary>The first in line is served, and no request but for the test's reading has come.</summary>
    private Task ServedWithoutAQuestionAsync(CouponId coupon) =>
        Eventually.EqualAsync("one of two is served", 1L, async () => (await CouponStock.ReadAsync(Stock, coupon)).Line?.Waiting ?? -1, _beforeTheWakeUp);
}
