using SecKill.Grains.Claims;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>The phases of a coupon on its silo, and what its grain and the claim batch grain are told to do.</summary>
public sealed class CouponSaleTests
{
    private readonly ClaimSlots _slots = new(100);
    private readonly CouponSale _sale;

    public CouponSaleTests() =>
        _sale = new CouponSale(new CouponStock(server: null!, CouponId.Known("bob", "breakfast")), _slots, TimeSpan.FromMilliseconds(100), TimeProvider.System);

    [Fact]
    public void A_sale_is_batched_once_its_stock_is_verified_and_until_the_units_run_out()
    {
        Assert.Equal(SalePhase.Unverified, _sale.Phase);
        _sale.StartBatching();
        Assert.Equal(SalePhase.Unverified, _sale.Phase);
        _sale.NoteVerified(left: 5, outboxLength: 3);
        Assert.Equal((SalePhase.Verified, 5, 3L), (_sale.Phase, _sale.Leases.Left, _sale.Outbox.Length));
        _sale.StartBatching();
        Assert.Equal(SalePhase.Batched, _sale.Phase);

        Assert.Equal(new Settlement(true, true, true, false), _sale.Settle(["anna"], Decision(left: 4, first: 0, ClaimOutcome.Claimed), asked: 0));
        Assert.Equal((SalePhase.Batched, 4), (_sale.Phase, _sale.Leases.Left));
        _sale.NoteRelayScheduled(true);
        Assert.Equal(new Settlement(true, false, true, true), _sale.Settle(["anna"], Decision(left: 0, first: 5, ClaimOutcome.AlreadyClaimed), asked: 0));
        Assert.Equal((SalePhase.Verified, 0), (_sale.Phase, _sale.Leases.Left));
    }

    [Fact]
    public void Units_become_only_fewer_in_an_epoch_and_are_counted_anew_in_the_next()
    {
        _sale.Settle(["anna"], Decision(left: 3, first: 2, ClaimOutcome.Claimed), asked: 0);
        _sale.Settle(["bert"], Decision(left: 4, first: 1, ClaimOutcome.Claimed), asked: 0);
        Assert.Equal(3, _sale.Leases.Left);

        _sale.BeginRebuild();
        _sale.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 0, Positions: 0, []));
        _sale.NoteVerified(left: 6, outboxLength: 0);
        Assert.Equal(6, _sale.Leases.Left);
    }

    [Fact]
    public void Customers_who_are_served_are_remembered_as_winners_and_nothing_is_refused_for_that()
    {
        // The filter is there, and no lease.
        _sale.Settle([], NobodyWon(left: 0), asked: TimeProvider.System.GetTimestamp());
        _sale.Settle([], NobodyWon(left: 1), asked: TimeProvider.System.GetTimestamp());

        Assert.True(_sale.Settle(new ServedUnits(StockState.Verified, Epoch: 1, Left: 0, Waiting: 3, FirstPosition: 0, Micros: 7, HasMore: false, ["anna"])));

        Assert.Equal("anna", Assert.Single(_sale.UnpersistedOf(["anna"])).User);
        Assert.True(_sale.Leases.HasFilter);
        Assert.Null(_sale.Leases.For(null));
        _sale.BeginRebuild();
        Assert.False(_sale.Settle(new ServedUnits(StockState.Verified, Epoch: 1, Left: 0, Waiting: 2, FirstPosition: 1, Micros: 7, HasMore: false, ["bert"])));

        static ClaimDecision NobodyWon(int left) => new(StockState.Verified, [], left, FirstPosition: 0, Micros: 7, Epoch: 1, IsListed: true);
    }

    [Fact]
    public void Units_are_unserved_while_customers_wait_for_them_and_nothing_but_time_forbids_it()
    {
        Assert.Equal(default, _sale.Line);
        Decide(left: 0, waiting: 2, ClaimOutcome.SoldOut);
        Assert.Equal(new LineSize(2, 0), _sale.Line);
        // Units have come back, and their quiet time is not over.
        Serve(left: 3, waiting: 2, hasMore: true);
        Assert.Equal(new LineSize(2, 3), _sale.Line);
        Decide(left: 3, waiting: 2, ClaimOutcome.Paused);
        Assert.Equal(new LineSize(2, 0), _sale.Line);
        Decide(left: 3, waiting: 2, refusal: null);
        Assert.Equal(new LineSize(2, 3), _sale.Line);
        Serve(left: 1, waiting: 0, hasMore: false, "anna", "bert");
        Assert.Equal(default, _sale.Line);
        Decide(left: 1, waiting: 0, refusal: null);
        Assert.Equal(default, _sale.Line);

        void Decide(int left, long waiting, ClaimOutcome? refusal) => _sale.Settle([], new ClaimDecision(
            StockState.Verified, [], left, FirstPosition: 0, Micros: 7, Epoch: 1, IsListed: true, new DecidedTerms(1, refusal, null, default, Line: new DecidedLine([], waiting, Joins: 2, []))), asked: 0);

        void Serve(int left, long waiting, bool hasMore, params string[] users) =>
            _sale.Settle(new ServedUnits(StockState.Verified, Epoch: 1, left, waiting, FirstPosition: 0, Micros: 7, hasMore, users));
    }

    [Fact]
    public void What_was_read_of_the_stock_stands_when_its_epoch_is_heard_of_later()
    {
        _sale.NoteVerified(left: 5, outboxLength: 1);
        _sale.NoteLatches(version: 1, new WindowLatches(OpenedAt: 7, EndedAt: null));

        _sale.NoteHead(new OutboxHead(StockState.Verified, default, Epoch: 1, Position: 0, Version: 1, Returned: 0, [new OutboxEntry(7, "anna")]), isAll: true);

        Assert.Equal(5, _sale.Leases.Left);
        Assert.NotNull(_sale.UnsavedLatches);
    }

    [Fact]
    public void Nothing_is_confirmed_or_batched_while_the_stock_is_rebuilt()
    {
        _sale.NoteVerified(left: 5, outboxLength: 0);
        _sale.StartBatching();
        var (claims, epoch, latches, _) = _sale.BeginRebuild();
        Assert.Equal(default, latches);
        Assert.Equal((0, -1L, SalePhase.Unverified), (claims.Count, epoch, _sale.Phase));

        Assert.False(_sale.Settle(["anna"], Decision(left: 4, first: 0, ClaimOutcome.Claimed), asked: 0).IsOfThisEpoch);
        _sale.NoteVerified(left: 5, outboxLength: 0);
        _sale.StartBatching();
        Assert.Equal(SalePhase.Unverified, _sale.Phase);

        _sale.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 0, Positions: 1, [new OutboxEntry(7, "anna")]));
        Assert.Equal((SalePhase.Verified, 1L), (_sale.Phase, _sale.Outbox.Length));
    }

    [Fact]
    public void After_a_rebuild_that_failed_the_stock_must_be_verified_again()
    {
        _sale.NoteVerified(left: 5, outboxLength: 0);
        _sale.BeginRebuild();
        _sale.EndRebuild(null);
        Assert.Equal(SalePhase.Unverified, _sale.Phase);
        _sale.NoteVerified(left: 5, outboxLength: 0);
        Assert.Equal(SalePhase.Verified, _sale.Phase);
    }

    [Fact]
    public void An_activation_that_leaves_still_settles_but_promises_no_relay_and_its_last_rebuild_starts_nothing()
    {
        _sale.NoteVerified(left: 5, outboxLength: 0);
        _sale.StartBatching();
        _sale.NoteRelayScheduled(true);
        _sale.Leave();
        _sale.NoteRelayScheduled(true);
        Assert.Equal(new Settlement(true, true, false, false), _sale.Settle(["anna"], Decision(left: 4, first: 0, ClaimOutcome.Claimed), asked: 0));

        Assert.Equal("anna", Assert.Single(_sale.BeginRebuild().Claims).User);
        _sale.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 1, Positions: 1, []));
        _sale.StartBatching();
        Assert.Equal(SalePhase.Leaving, _sale.Phase);
    }

    [Fact]
    public void An_activation_that_has_ended_remembers_nothing_and_rebuilds_nothing()
    {
        Assert.True(_sale.Settle(["anna"], Decision(left: 4, first: 0, ClaimOutcome.Claimed), asked: 0).IsOfThisEpoch);
        _sale.BeginRebuild();
        _sale.End();

        Assert.Equal(0, _sale.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 0, Positions: 1, [new OutboxEntry(7, "anna")])).Claims);

        Assert.False(_sale.Settle(["bert"], Decision(left: 3, first: 1, ClaimOutcome.Claimed), asked: 0).IsOfThisEpoch);
        Assert.Throws<UnavailableException>(() => _sale.BeginRebuild());
        Assert.True(Enumerable.Range(0, 100).All(_ => _slots.TryTake()));
    }

    [Fact]
    public void An_edge_that_was_seen_is_news_once_until_the_ledger_has_it_and_a_rebuild_gets_it()
    {
        _sale.NoteVerified(left: 5, outboxLength: 0);
        Assert.False(Sees(1, default).HasNewLatch);
        Assert.Null(_sale.UnsavedLatches);

        Assert.True(Sees(1, new WindowLatches(7, null)) is { HasNewLatch: true, NeedsRelay: true });
        Assert.False(Sees(1, new WindowLatches(7, null)).HasNewLatch);
        Assert.Equal((1, new WindowLatches(7, null)), _sale.UnsavedLatches);
        _sale.NoteSaved(1, new WindowLatches(7, null));
        Assert.Null(_sale.UnsavedLatches);

        Assert.True(Sees(1, new WindowLatches(7, 9)).HasNewLatch);
        // Terms of before say nothing any more; those of now begin anew.
        Assert.True(Sees(2, new WindowLatches(7, null)).HasNewLatch);
        Assert.False(Sees(1, new WindowLatches(7, 9)).HasNewLatch);
        Assert.Equal((2, new WindowLatches(7, null)), _sale.BeginRebuild().Latches);

        Settlement Sees(long version, WindowLatches latches) => _sale.Settle(
            ["anna"], Decision(left: 5, first: 0, ClaimOutcome.NotStarted) with { Terms = new DecidedTerms(version, null, null, latches) }, asked: 0);
    }

    private static ClaimDecision Decision(int left, long first, params ClaimOutcome[] outcomes) =>
        new(StockState.Verified, outcomes, left, first, Micros: 7, Epoch: 1, IsListed: true);
}
