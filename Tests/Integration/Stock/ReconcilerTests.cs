using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Lists;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Stock;

/// <summary>From any state, reconciling restores all claims known to ledger or Redis, and no unit too many.</summary>
public abstract class ReconcilerTests(StockSite site, LedgerSite ledgerSite)
{
    private const int Amount = 10;
    private static readonly string[] _drained = ["d0", "d1", "d2", "d3"];
    private static readonly string[] _waiting = ["w0", "w1", "w2"];
    private static readonly string[] _everybody = [.. _drained, .. _waiting];

    private ILedger Ledger => ledgerSite.Ledger;

    [Fact]
    public async Task A_restart_loses_nothing()
    {
        var coupon = await SellAsync();
        await site.RestartAsync();
        Assert.Equal(StockState.Unverified, await coupon.Probe.StateAsync());

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(_waiting, await coupon.Probe.QueueAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_wiped_server_gets_back_what_the_ledger_has()
    {
        var coupon = await SellAsync();
        await site.FlushAllAsync();

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(_drained);
    }

    [Fact]
    public async Task A_wiped_server_gets_back_what_is_remembered_too()
    {
        var coupon = await SellAsync();
        await site.FlushAllAsync();

        Assert.True(await coupon.ReconcileAsync(remembered: [.. _everybody.Select((user, i) => new OutboxEntry(1_000 + i, user))]));

        Assert.Equal(_waiting, await coupon.Probe.QueueAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task Who_returned_is_no_owner_and_is_not_queued_again_wherever_the_name_survived()
    {
        var coupon = await SellAsync();
        await ledgerSite.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId} AND username IN ('d0', 'd1')");
        // d0 was given back in Redis too, d1 in the ledger alone.
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");

        Assert.True(await coupon.ReconcileAsync(remembered: new OutboxEntry(1, "d0")));

        Assert.Equal(["d0", "d1"], (await site.Database.SetMembersAsync(coupon.Probe.Returned)).Select(user => (string)user!).Order());
        Assert.Equal(["d2", "d3", "w0", "w1", "w2"], (await coupon.Probe.OwnersAsync()).Order());
        Assert.Equal((5, 4), (await coupon.Probe.FieldAsync("left"), await coupon.Probe.FieldAsync("base")));
        Assert.Equal(_waiting, await coupon.Probe.QueueAsync());
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }

    [Fact]
    public async Task A_return_that_the_ledger_alone_has_lost_is_put_back_into_it_since_its_unit_may_be_sold_again()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal([new LedgerOwner("d0", true), new LedgerOwner("d1", false)], (await Ledger.OwnersAsync(coupon.Row.Key, "", 2)));
        Assert.Equal(["d0"], (await site.Database.SetMembersAsync(coupon.Probe.Returned)).Select(user => (string)user!));
        var row = await Ledger.FindAsync(coupon.Row.Id, countsClaims: true);
        Assert.Equal((row!.Terms.Amount - row.Kept, 1L), (row.Left, row.Returned));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }

    [Fact]
    public async Task A_redemption_of_a_unit_whose_return_the_ledger_has_lost_is_taken_back_and_kept_as_a_conflict()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 5)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d1");
        await ledgerSite.QueryAsync($"UPDATE claims SET redeemed_at = 5, redeemed_device = 'till' WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd0'");
        await ledgerSite.QueryAsync($"UPDATE coupons SET redeemed = 1 WHERE id = {coupon.Row.LedgerId}");

        Assert.True(await coupon.ReconcileAsync());

        // Its unit may have been sold again.
        Assert.Equal([new LedgerOwner("d0", true), new LedgerOwner("d1", true)], (await Ledger.OwnersAsync(coupon.Row.Key, "", 2)));
        Assert.Equal((2L, 2L), ((await Ledger.FindAsync(coupon.Row.Id))!.Returned, (await coupon.Probe.Stock.ReadAsync()).Returned));
        Assert.Equal(0, await Ledger.CountWrongRedemptionsAsync(coupon.Row.Key));
        var conflict = Assert.Single(await Ledger.ConflictsAfterAsync(new FeedQuery(new FeedId(coupon.Row.Key.Id, coupon.Row.Key.Identity), 0, 10)));
        Assert.Equal(("d0", "till", FeedKinds.Returned), (conflict.Customer, conflict.Device, conflict.Reason));
    }

    [Fact]
    public async Task A_rebuild_hides_the_coupon_from_the_lists_of_those_whose_return_broke_off()
    {
        var coupon = await SellAsync();
        await site.Server.Lists.AddAsync([new ListEntry("d1", coupon.Row.Id, 5)]);
        await ledgerSite.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd1'");

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(-2, await site.Database.SortedSetScoreAsync(StockKeys.CouponsOf("d1"), coupon.Row.Id.Key));
    }

    [Fact]
    public async Task A_rebuild_that_breaks_off_at_those_lists_leaves_them_to_the_next()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, Amount, ["torn"], []);
        var list = StockKeys.CouponsOf("torn");
        await ledgerSite.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId}");
        // No list can be added to while something else has its key.
        await site.Database.KeyDeleteAsync(list);
        await site.Database.StringSetAsync(list, "in the way");
        await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());
        await site.Database.KeyDeleteAsync(list);
        await site.Server.Lists.AddAsync([new ListEntry("torn", coupon.Row.Id, 5)]);

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(-2, await site.Database.SortedSetScoreAsync(list, coupon.Row.Id.Key));
        Assert.Equal(1, await site.Database.SetLengthAsync(coupon.Probe.Returned));
    }

    [Fact]
    public async Task A_lower_amount_that_the_ledger_has_lost_with_the_returns_before_it_is_put_back_after_them()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 4, _drained, []);
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 2), new("returns", 1), new("amount", 2)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d1");

        Assert.True(await coupon.ReconcileAsync());

        var row = await Ledger.FindAsync(coupon.Row.Id, countsClaims: true);
        Assert.Equal((2L, 2, 0, 2L, 2L), (row!.Version, row.Terms.Amount, row.Left, row.Returned, row.Given));
        Assert.Equal((2, 2, 0), (await coupon.Probe.FieldAsync("version"), await coupon.Probe.FieldAsync("amount"), await coupon.Probe.FieldAsync("left")));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }

    [Fact]
    public async Task Under_terms_before_a_lower_amount_nothing_is_sold_where_the_ledger_has_more_claims_than_that()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 4, _drained, []);
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 2), new("amount", 2)]);

        var fault = await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());

        Assert.True(fault.IsLasting);
        Assert.Contains("lowered its amount to 2", fault.Message, StringComparison.Ordinal);
        Assert.NotEqual(StockState.Verified, await coupon.Probe.StateAsync());
        await ledgerSite.QueryAsync($"UPDATE coupons SET version = 2 WHERE id = {coupon.Row.LedgerId}");
        Assert.True(await coupon.ReconcileAsync());
    }

    [Fact]
    public async Task A_return_that_the_ledger_has_lost_with_its_claim_is_put_back_too_and_takes_no_unit()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 5), new("base", 5)]);
        await site.Database.SetRemoveAsync(coupon.Probe.Owners, "w0");
        await site.Database.ListLeftPopAsync(coupon.Probe.Queue);
        await site.Database.SetAddAsync(coupon.Probe.Returned, "w0");

        Assert.True(await coupon.ReconcileAsync());

        var row = await Ledger.FindAsync(coupon.Row.Id, countsClaims: true);
        Assert.Equal((5L, 5L, 1L, 1L, 6), (row!.Claims, row.Drained, row.Returned, row.Given, row.Left));
        Assert.Equal(["d0", "d1", "d2", "d3", "w1", "w2"], (await coupon.Probe.OwnersAsync()).Order());
        Assert.Equal(["w1", "w2"], await coupon.Probe.QueueAsync());
        Assert.Equal((StockState.Verified, 4L), (await coupon.Probe.StateAsync(), await coupon.Probe.FieldAsync("left")));
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Row.Key));
        await site.Database.HashDeleteAsync(coupon.Probe.Hash, "from");
        Assert.Equal([ClaimOutcome.Returned], await coupon.Probe.ClaimAsync("w0"));
    }

    [Fact]
    public async Task Whom_another_coupon_of_that_name_counts_as_returned_is_put_back_into_no_row()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4), new("identity", 7)]);
        await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");
        // Nor does it make the customer an owner, or hide this coupon.
        await site.Database.SetAddAsync(coupon.Probe.Returned, "x0");
        await site.Server.Lists.AddAsync([ListEntry.OfReturned(coupon.Row.Id, "x0")]);

        Assert.True(await coupon.ReconcileAsync());

        Assert.Null(await site.Database.SortedSetScoreAsync(StockKeys.CouponsOf("x0"), coupon.Row.Id.Key));
        Assert.Equal((0L, 0L), ((await Ledger.FindAsync(coupon.Row.Id))!.Returned, await site.Database.SetLengthAsync(coupon.Probe.Returned)));
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_stop_during_a_rebuild_is_not_undone_by_the_terms_that_it_read_before()
    {
        var coupon = await SellAsync();
        var gated = new GatedLedger(Ledger);
        var rebuild = coupon.ReconcileAsync(gated.Ledger);
        await gated.Reached;
        gated.Release();
        // The rebuild may or may not have read the row by now; the stop is answered once Redis has its floor.
        var row = (await Ledger.ChangeAsync(new TermsChange(coupon.Row.Key, 0, AmountBy: 2))).Row!;
        await coupon.Probe.Stock.ApplyAsync(row, stops: true);

        Assert.True(await rebuild);
        await coupon.Probe.Stock.ApplyAsync(row);

        Assert.Equal((1, 12), (await coupon.Probe.FieldAsync("version"), await coupon.Probe.FieldAsync("amount")));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }

    [Fact]
    public async Task Terms_that_the_ledger_has_lost_are_put_back_by_the_rebuild()
    {
        var coupon = await SellAsync();
        await coupon.Probe.Stock.ApplyAsync(coupon.Row with { Version = 3, Terms = coupon.Row.Terms with { Amount = 12 } });
        await site.RestartAsync();

        Assert.True(await coupon.ReconcileAsync());

        var row = await Ledger.FindAsync(coupon.Row.Id);
        Assert.Equal((3L, 12, 8), (row!.Version, row.Terms.Amount, row.Left));
        Assert.Equal((3, 12), (await coupon.Probe.FieldAsync("version"), await coupon.Probe.FieldAsync("amount")));
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
    }

    [Fact]
    public async Task Stock_that_was_stopped_at_terms_that_the_ledger_has_lost_waits_for_the_repair()
    {
        var coupon = await SellAsync();
        // While it is closed, so that Redis has the floor alone.
        await site.Server.EvaluateAsync(Script.Close, coupon.Probe.Keys[..StockKeys.Fenced], "another", 50_000_000);
        await coupon.Probe.Stock.ApplyAsync(coupon.Row with { Version = 3 }, stops: true);
        await site.RestartAsync();

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());
        Assert.True(refusal.IsLasting);
        Assert.Contains("--repair", refusal.Message, StringComparison.Ordinal);
        await new LedgerRepair(site.Server, Ledger, NullLoggerFactory.Instance, TimeProvider.System).RebuildAsync(coupon.Row.Id, TestContext.Current.CancellationToken);

        Assert.Equal((StockState.Verified, 3L), ((await coupon.Probe.Stock.ReadAsync()).State, (await coupon.Probe.Stock.ReadAsync()).Version));
    }

    [Fact]
    public async Task Who_is_remembered_comes_before_those_in_the_queue_where_there_is_not_room_for_all()
    {
        // Three are in the outbox; with the remembered claims that is two more than there are units.
        var coupon = await SellAsync();
        var remembered = Enumerable.Range(0, Amount - _drained.Length - 1).Select(i => new OutboxEntry(i, $"r{i}")).ToArray();

        Assert.True(await coupon.ReconcileAsync(remembered: remembered));

        Assert.Equal([.. remembered.Select(entry => entry.User), _waiting[0]], await coupon.Probe.QueueAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_lost_key_loses_nobody(int key)
    {
        var coupon = await SellAsync();
        await site.Database.KeyDeleteAsync(coupon.Probe.Keys[key]);

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task The_hash_alone_surviving_does_not_give_out_pieces_twice()
    {
        var coupon = await SellAsync();
        await site.Database.KeyDeleteAsync([coupon.Probe.Owners, coupon.Probe.Queue]);

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(_drained);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Half_a_claim_script_is_undone_or_finished(int writes)
    {
        var coupon = await SellAsync();
        await coupon.Probe.TearAsync(writes, "torn0", "torn1");
        await site.SaveAsync();
        await site.RestartAsync();

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(writes == 1 ? _everybody : [.. _everybody, "torn0", "torn1"]);
    }

    [Fact]
    public async Task Half_an_acknowledgement_is_finished()
    {
        var coupon = await SellAsync();
        // Committed and trimmed, but the position was not moved.
        var head = await coupon.Probe.Stock.PeekAsync(2);
        Assert.True((await Ledger.DrainAsync(head.Batch)).Committed);
        await site.Database.ListTrimAsync(coupon.Probe.Queue, 2, -1);
        Assert.Equal(StockState.Unverified, await coupon.Probe.StateAsync());

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_lost_acknowledgement_writes_nobody_twice()
    {
        var coupon = await SellAsync();
        var head = await coupon.Probe.Stock.PeekAsync(2);
        Assert.True((await Ledger.DrainAsync(head.Batch)).Committed);
        await site.RestartAsync();

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(["w2"], await coupon.Probe.QueueAsync());
        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task A_trusted_coupon_is_none_the_worse_for_it()
    {
        var coupon = await SellAsync();

        for (var (i, last) = (1, 0L); i <= 3; i++)
        {
            Assert.True(await coupon.ReconcileAsync());
            var epoch = (await coupon.Probe.FieldAsync("epoch"))!.Value;
            Assert.True(epoch > last);
            last = epoch;
        }

        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task Owners_of_an_older_state_beyond_the_pieces_left_give_way_to_the_ledger()
    {
        // Redis lost the eight persisted owners and sold to five others, for whom only two units are left.
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, Amount, LedgerBatches.Users(8), []);
        await site.FlushAllAsync();
        Assert.True(await coupon.Probe.Stock.OpenNewAsync(await coupon.Probe.Stock.CurrentScriptsAsync(), coupon.Row));
        await coupon.Probe.ClaimAsync("a", "b", "c", "d", "e");
        await site.Database.SetAddAsync(coupon.Probe.Owners, "unqueued");
        var log = new LogOf<Reconciler>();

        Assert.True(await coupon.ReconcileAsync(log));

        foreach (var dropped in (string[])["c", "d", "e"])
            Assert.DoesNotContain(coupon.Row.Id.Key, await coupon.ListOfAsync(dropped));
        Assert.Contains(
            "4 winners are dropped, for whom there is no unit beside the ledger's claims: 0 of those remembered by this silo, 3 of the queue, " +
            "1 other owners in Redis. They are c, d, e, unqueued.",
            Assert.Single(log.Critical), StringComparison.Ordinal);
        await coupon.CheckReconciledAsync([.. LedgerBatches.Users(8), "a", "b"]);
    }

    [Fact]
    public async Task A_queue_that_names_somebody_twice_or_drained_long_ago_is_put_right()
    {
        var coupon = await SellAsync();
        RedisValue[] entries = ["5:w0", "6:d1", "7:w0", "8:stranger"];
        await site.Database.ListRightPushAsync(coupon.Probe.Queue, entries);
        await site.Database.ListRightPushAsync(coupon.Probe.Next, entries);

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync([.. _everybody, "stranger"]);
    }

    [Fact]
    public async Task Thousands_of_owners_take_several_steps_and_all_come_back()
    {
        var (drained, waiting) = (LedgerBatches.Users(2_300, "d"), LedgerBatches.Users(1_200, "w"));
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 4_000, [], []);
        foreach (var chunk in drained.Chunk(1000))
        {
            await coupon.Probe.ClaimAsync(chunk);
            var head = await coupon.Probe.Stock.PeekAsync(1000);
            Assert.True((await Ledger.DrainAsync(head.Batch)).Committed);
            Assert.True(await coupon.Probe.Stock.AcknowledgeAsync(head.Epoch, head.Position, head.Entries.Length));
        }
        foreach (var chunk in waiting.Chunk(1000))
            await coupon.Probe.ClaimAsync(chunk);
        await site.Database.KeyDeleteAsync(coupon.Probe.Owners);

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(waiting, await coupon.Probe.QueueAsync());
        Assert.Equal(drained.Concat(waiting).Order(), (await coupon.Probe.OwnersAsync()).Order());
        Assert.Equal(500, await coupon.Probe.FieldAsync("left"));
    }

    [Fact]
    public async Task A_coupon_that_the_ledger_has_lost_sells_nothing_and_is_not_called_unknown()
    {
        var unknown = await LedgeredCoupon.SellAsync(site, Ledger, 1, [], []);
        await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {unknown.Row.LedgerId}");

        await Assert.ThrowsAsync<UnavailableException>(() => unknown.ReconcileAsync());

        Assert.Equal(StockState.Unverified, await unknown.Probe.StateAsync());
        Assert.Null(await unknown.Probe.FieldAsync("lease"));
    }

    [Fact]
    public async Task Stock_of_a_version_without_identities_is_reconciled_before_it_is_believed()
    {
        var coupon = await SellAsync();
        await site.Database.HashDeleteAsync(coupon.Probe.Hash, "identity");
        Assert.Equal(StockState.Unverified, await coupon.Probe.StateAsync());

        Assert.True(await coupon.ReconcileAsync());

        await coupon.CheckReconciledAsync(_everybody);
    }

    [Fact]
    public async Task Of_a_coupon_that_the_ledger_lost_and_got_anew_the_owners_stay_as_far_as_there_are_pieces()
    {
        var coupon = await SellAsync();
        await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId}");
        await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {coupon.Row.LedgerId}");
        var anew = (await Ledger.CreateAsync(coupon.Row.Id, coupon.Row.Terms with { Amount = 5 }))!;
        // The old outbox is not relayed into the new row, whatever its id.
        Assert.False(await coupon.DrainAsync());
        Assert.False(await coupon.Probe.Stock.OpenNewAsync(await coupon.Probe.Stock.CurrentScriptsAsync(), anew));

        Assert.True(await coupon.ReconcileAsync());

        Assert.Equal(5, await coupon.Probe.FieldAsync("amount"));
        Assert.Equal(0, await coupon.Probe.FieldAsync("left"));
        var kept = await coupon.Probe.OwnersAsync();
        Assert.Equal(5, kept.Count);
        Assert.Empty(kept.Except(_everybody));
        Assert.Equal([ClaimOutcome.SoldOut], await coupon.Probe.ClaimAsync("late"));
        foreach (var user in _everybody.Except(kept))
            Assert.DoesNotContain(coupon.Row.Id.Key, await coupon.ListOfAsync(user));
    }

    [Fact]
    public async Task A_claim_too_many_in_the_ledger_is_refused_before_the_coupon_is_closed()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 2, ["d0", "d1"], []);
        await ledgerSite.QueryAsync($"INSERT INTO claims (coupon_id, username, claimed_at) VALUES ({coupon.Row.LedgerId}, 'made-good', 1)");

        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());

        Assert.True(refusal.IsLasting);
        Assert.Equal(StockState.Verified, await coupon.Probe.StateAsync());
        Assert.Equal([ClaimOutcome.SoldOut, ClaimOutcome.AlreadyClaimed], await coupon.Probe.ClaimAsync("late", "d0"));

        // Nothing of it is believed after a restart, until the ledger is put right in one of the two ways.
        await site.RestartAsync();
        await Assert.ThrowsAsync<UnavailableException>(() => coupon.ReconcileAsync());
        await ledgerSite.QueryAsync($"UPDATE coupons SET amount = 3 WHERE id = {coupon.Row.LedgerId}");
        Assert.True(await coupon.ReconcileAsync());
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.SoldOut], await coupon.Probe.ClaimAsync("made-good", "late"));
    }

    private Task<LedgeredCoupon> SellAsync() => LedgeredCoupon.SellAsync(site, Ledger, Amount, _drained, _waiting);
}

public sealed class ReconcilingInTheCluster(RedisSite site, MySqlSite ledger)
    : ReconcilerTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class ReconcilingEmbedded(GarnetSite site, SqliteSite ledger)
    : ReconcilerTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
