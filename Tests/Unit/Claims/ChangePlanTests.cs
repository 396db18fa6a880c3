using SecKill.Grains.Claims;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>What a change does, by what was read: whether there is anything to do, whether it may be done, and whether it stops the sale.</summary>
public sealed class ChangePlanTests
{
    private const long Now = 1_000_000_500;
    private const long Earlier = 900_000_000;
    private const long Later = 2_000_000_000;

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("a", null, true)]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    public void A_pause_is_as_asked_if_it_is_paused_for_that_reason(string? reasonNow, string? reason, bool isAsAsked)
    {
        var plan = Plan(new CouponChange(ChangeAction.Pause) { Reason = reason }, Row() with { PausedAt = reasonNow is null ? null : 7, PausedReason = reasonNow });

        Assert.Equal(isAsAsked, plan.IsAsAsked);
        if (!isAsAsked)
            Assert.Equal((true, reasonNow is null ? Now : 7, reason), (plan.Stops, plan.Terms!.PausedAt, plan.Terms.PausedReason));
    }

    [Fact]
    public void A_resume_keeps_the_window_and_stops_nothing()
    {
        var plan = Plan(new CouponChange(ChangeAction.Resume), Row(Earlier, Later) with { PausedAt = 7, PausedReason = "a" });

        Assert.Equal(new SaleTerms(Earlier, Later, null, null), plan.Terms);
        Assert.False(plan.Stops);
        Assert.True(Plan(new CouponChange(ChangeAction.Resume), Row()).IsAsAsked);
    }

    [Theory]
    [InlineData(10, 4, true, 0, null)]
    [InlineData(12, 4, false, 2, null)]
    [InlineData(7, 4, false, -3, null)]
    [InlineData(null, 4, false, -4, null)]
    [InlineData(null, 0, true, 0, null)]
    [InlineData(null, 10, false, -10, ChangeStatus.NoOwners)]
    public void An_amount_is_a_number_of_units_more_or_fewer(int? amount, int left, bool isAsAsked, int by, ChangeStatus? refusal)
    {
        var plan = ChangePlan.Of(new CouponChange(ChangeAction.Amount) { Amount = amount }, Row(), default, left, Now);

        Assert.Equal((isAsAsked, by, refusal), (plan.IsAsAsked, plan.AmountBy, plan.Refusal));
    }

    [Theory]
    // On sale from creation on, or begun: no later start.
    [InlineData(null, null, Later, ChangeStatus.Started)]
    [InlineData(Earlier, null, Later, ChangeStatus.Started)]
    [InlineData(Later, null, Later + 1_000, null)]
    // Over, so that nothing is closed.
    [InlineData(null, Earlier, Later, ChangeStatus.StartsNotBeforeEnd)]
    [InlineData(Later + 5_000, Later + 9_000, Later + 9_000, ChangeStatus.StartsNotBeforeEnd)]
    public void A_start_is_moved_later_only_before_it(long? wasStart, long? wasEnd, long start, ChangeStatus? refusal)
    {
        var plan = Plan(new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(start) }, Row(wasStart, wasEnd));

        Assert.Equal((refusal, true, true), (plan.Refusal, plan.Stops, plan.Terms!.ClearsOpened));
    }

    [Fact]
    public void A_sale_that_is_over_may_be_set_up_once_more()
    {
        var plan = Plan(new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(Later), Ends = new WindowEdge(Later + 9_000) }, Row(null, Earlier) with { EndedAt = Earlier });

        Assert.Equal((null, true, true, false), (plan.Refusal, plan.Terms!.ClearsOpened, plan.Terms.ClearsEnded, plan.IsForUnstarted));
    }

    [Fact]
    public void An_end_now_is_a_whole_millisecond_that_has_passed_and_ends_once()
    {
        var ended = Plan(new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(null, IsNow: true) }, Row());

        Assert.Equal((1_000_000_000, 1_000_000_000, true), (ended.Terms!.EndsAt, ended.Terms.EndedAt, ended.Stops));
        Assert.True(Plan(new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(null, IsNow: true) }, Row(null, Earlier)).IsAsAsked);
    }

    [Theory]
    [InlineData(null, Later, null, true, true)]
    [InlineData(Later, null, null, false, true)]
    [InlineData(Later, Later + 1_000, null, false, true)]
    [InlineData(Later, Later - 1_000, null, true, true)]
    [InlineData(Later, Earlier, ChangeStatus.EndsInThePast, true, false)]
    public void An_earlier_end_stops_and_a_later_one_goes_on(long? wasEnd, long? end, ChangeStatus? refusal, bool stops, bool clears)
    {
        var plan = Plan(new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(end) }, Row(null, wasEnd));

        Assert.Equal((refusal, stops, clears), (plan.Refusal, plan.Stops, plan.Terms!.ClearsEnded));
    }

    [Fact]
    public void The_same_edges_once_more_clear_what_a_wrong_clock_has_latched()
    {
        var (row, same) = (Row(Later, Later + 9_000), new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(Later), Ends = new WindowEdge(Later + 9_000) });
        Assert.True(Plan(same, row).IsAsAsked);

        // One is known to the stock alone.
        var plan = ChangePlan.Of(same, row with { EndedAt = 5 }, new WindowLatches(5, null), left: 4, Now);

        Assert.Equal((null, true, true), (plan.Refusal, plan.Terms!.ClearsOpened, plan.Terms.ClearsEnded));
        // Each a moment later, which is the same to callers.
        Assert.Equal((Later + 1, Later + 9_001), (plan.Terms.StartsAt, plan.Terms.EndsAt));
        Assert.True(Plan(same, Row(Later + 1, Later + 9_001)).IsAsAsked);
    }

    [Fact]
    public void An_edge_that_was_not_asked_for_keeps_its_latch()
    {
        // Seen to have begun before the clock was set back.
        var begun = Row(Later, null) with { OpenedAt = 5 };
        var later = Plan(new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(Later + 9_000) }, begun);
        Assert.Equal((null, false, Later), (later.Refusal, later.Terms!.ClearsOpened, later.Terms.StartsAt));

        var ended = Row(Earlier, Later) with { EndedAt = 5 };
        Assert.False(Plan(new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(Earlier - 1_000) }, ended).Terms!.ClearsEnded);
    }

    [Fact]
    public void A_start_that_was_latched_too_early_counts_no_more_once_it_is_set_to_another_time_to_come()
    {
        var plan = Plan(new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(Later - 1_000) }, Row(Later, null) with { OpenedAt = 5 });

        Assert.Equal((null, true, true), (plan.Refusal, plan.Terms!.ClearsOpened, plan.IsForUnstarted));
    }

    [Fact]
    public void A_sale_that_is_ended_before_its_start_has_none()
    {
        var plan = Plan(new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(null, IsNow: true) }, Row(Later, null));

        Assert.Equal((null, null, 1_000_000_000L), (plan.Refusal, plan.Terms!.StartsAt, plan.Terms.EndedAt));
    }

    private static ChangePlan Plan(CouponChange change, LedgerCoupon row) => ChangePlan.Of(change, row, default, left: 4, Now);

    private static LedgerCoupon Row(long? starts = null, long? ends = null) =>
        new(new LedgerKey(1, 1), CouponId.Known("bob", "breakfast"), new CouponTerms(10, 5, "", starts, ends), 4, 0, 0);
}
