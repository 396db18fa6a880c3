using Microsoft.Extensions.DependencyInjection;
using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Lists;
using SecKill.Grains.Interfaces.Redemptions;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A return reaches both stores and its owner's list, wherever it breaks off, and is made once whatever it meets.</summary>
public sealed partial class ReturnedUnitTests(GrainServers servers) : GrainClusters(servers)
{
    private const string Returning = nameof(ILedger.ReturnAsync);

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private volatile Func<string, Task>? _before;
    private volatile Func<string, Task>? _after;

    [Fact]
    public async Task A_unit_is_returned_sold_to_another_and_never_to_its_earlier_owner()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");

        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));

        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));
        Assert.Equal(ClaimOutcome.Returned, await ClaimAsync(grain, "anna"));
        Assert.Equal(ClaimOutcome.SoldOut, await ClaimAsync(grain, "dora"));
        Assert.Equal(ReturnStatus.NoClaim, await grain.Return("dora"));
        await AgreeAsync(coupon, returned: 1, claims: 3);
        Assert.False(await IsListedAsync(coupon, "anna"));
        Assert.True(await IsListedAsync(coupon, "carl"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_return_that_breaks_off_at_the_ledger_is_finished_by_its_repeat(bool isCommitted)
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        if (isCommitted)
            _after = FailOnce(Returning);
        else
            _before = FailOnce(Returning);
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Return("anna"));

        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));

        await AgreeAsync(coupon, returned: 1, claims: 2);
        Assert.False(await IsListedAsync(coupon, "anna"));
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));
    }

    [Fact]
    public async Task A_return_that_breaks_off_after_the_ledger_is_finished_by_itself()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        _after = FailOnce(Returning);
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Return("anna"));

        await Eventually.EqualAsync("the unit is back in Redis", 1L, async () => (await StoresAsync(coupon)).Stock.Returned, _soon);

        Assert.False(await IsListedAsync(coupon, "anna"));
        await AgreeAsync(coupon, returned: 1, claims: 2);
    }

    [Fact]
    public async Task A_return_that_the_ledger_alone_has_is_finished_when_the_stores_are_compared()
    {
        var (coupon, grain) = await SoldAsync(3, "anna", "bert");
        var (row, stock) = await StoresAsync(coupon);
        Assert.Equal([ReturnResult.Done], await Ledger.ReturnAsync([new ClaimReturn(row.Key, stock.Epoch, "anna", 7)]));
        Assert.Equal(0L, (await StoresAsync(coupon)).Stock.Returned);

        Assert.True(await grain.EnsureOfLedger());

        await AgreeAsync(coupon, returned: 1, claims: 2);
        Assert.False(await IsListedAsync(coupon, "anna"));
    }

    [Fact]
    public async Task The_relay_of_the_next_claim_finishes_it_too()
    {
        var (coupon, grain) = await SoldAsync(3, "anna");
        var (row, stock) = await StoresAsync(coupon);
        await Ledger.ReturnAsync([new ClaimReturn(row.Key, stock.Epoch, "anna", 7)]);

        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "bert"));

        await Eventually.EqualAsync("the unit is back in Redis", 1L, async () => (await StoresAsync(coupon)).Stock.Returned, _soon);
        Assert.False(await IsListedAsync(coupon, "anna"));
    }

    [Fact]
    public async Task A_claim_that_was_just_won_is_recorded_before_its_unit_is_returned()
    {
        await StartHookedAsync();
        var coupon = await ReturnableAsync(2);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        var calls = 0;
        // The relay of the claim fails at first.
        _before = method => method == nameof(ILedger.DrainAsync) && Interlocked.Increment(ref calls) == 1 ? throw new UnavailableException("SQL is away.") : Task.CompletedTask;
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "anna"));

        Assert.Equal(ReturnStatus.Returned, await Eventually.HoldsAsync("the return", "an answer", () => TryReturnAsync(grain, "anna"), status => status is not null, _soon));

        await AgreeAsync(coupon, returned: 1, claims: 1);
        Assert.False(await IsListedAsync(coupon, "anna"));
    }

    [Fact]
    public async Task A_claim_that_is_won_and_recorded_while_its_return_is_asked_for_has_nothing_rebuilt()
    {
        await StartHookedAsync();
        var coupon = await ReturnableAsync(2);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        var epoch = (await StoresAsync(coupon)).Stock.Epoch;
        _before = async method =>
        {
            if (method != nameof(ILedger.HasAllAsync))
                return;
            _before = null;
            // Redis has said by now that there is no claim.
            Assert.Equal(ClaimOutcome.Claimed, await Task.Run(() => ClaimAsync(grain, "anna")));
            await Task.Run(() => Eventually.EqualAsync("the claim is recorded", 1L, async () => (await StoresAsync(coupon)).Row.Drained, _soon));
        };

        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));

        Assert.Null(_before);
        await AgreeAsync(coupon, returned: 1, claims: 1);
        Assert.Equal(epoch, (await StoresAsync(coupon)).Stock.Epoch);
    }

    [Fact]
    public async Task A_return_registers_its_wake_up_though_another_activation_has_removed_it_before_the_commit()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        var (table, id) = (Silo.GetRequiredService<IReminderTable>(), grain.GetGrainId());
        _before = async method =>
        {
            if (method == Returning && await table.ReadRow(id, "drain") is { } row)
                await table.RemoveRow(id, "drain", row.ETag!);
        };

        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));

        Assert.NotNull(await table.ReadRow(id, "drain", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_wake_up_stays_while_a_return_is_under_way_and_goes_when_both_stores_have_it()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        var (table, id) = (Silo.GetRequiredService<IReminderTable>(), grain.GetGrainId());
        var (reached, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _before = method =>
        {
            if (method != Returning)
                return Task.CompletedTask;
            reached.TrySetResult();
            return gate.Task;
        };
        var returning = grain.Return("anna");
        await reached.Task;

        await RingAsync();
        Assert.NotNull(await table.ReadRow(id, "drain", TestContext.Current.CancellationToken));
        gate.SetResult();
        Assert.Equal(ReturnStatus.Returned, await returning);

        await Eventually.EqualAsync("the wake-up is gone", true, async () =>
        {
            await RingAsync();
            return await table.ReadRow(id, "drain") is null;
        }, _soon);
        await AgreeAsync(coupon, returned: 1, claims: 2);

        Task RingAsync() => grain.AsReference<IRemindable>().ReceiveReminder("drain", new TickStatus());
    }

    [Fact]
    public async Task A_coupon_whose_row_takes_no_return_fails_none_of_another_one()
    {
        var (sound, grain) = await SoldAsync(2, "anna", "bert");
        var damaged = await ReturnableAsync(2);
        var other = Clusters[0].Client.GetGrain<ICouponGrain>(damaged.Key);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(other, "carl"));
        await Eventually.EqualAsync("the claim is recorded", 1L, async () => (await StoresAsync(damaged)).Row.Drained, _soon);
        // No more can be left than there are.
        await ExecuteAsync($"UPDATE coupons SET left_count = amount WHERE name = '{damaged.Name.Value}'");
        var (calls, gate) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _before = method => method == Returning && Interlocked.Increment(ref calls) == 1 ? gate.Task : Task.CompletedTask;
        var first = grain.Return("anna");
        await Eventually.EqualAsync("the first return is at the ledger", 1, () => Task.FromResult(Volatile.Read(ref calls)), _soon);

        // Beside it, and without those that gather behind it.
        var second = grain.Return("bert");
        await Assert.ThrowsAsync<UnavailableException>(() => other.Return("carl"));
        gate.SetResult();

        Assert.Equal([ReturnStatus.Returned, ReturnStatus.Returned], await Task.WhenAll(first, second));
        await AgreeAsync(sound, returned: 2, claims: 2);
    }

    [Fact]
    public async Task A_return_holds_when_Redis_has_lost_everything_before_it_was_told()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        _after = async method =>
        {
            if (method == Returning && _after is not null)
            {
                _after = null;
                await FlushAsync();
            }
        };

        var status = await Eventually.HoldsAsync("the return", "an answer", () => TryReturnAsync(grain, "anna"), answer => answer is not null, _soon);

        Assert.Equal(ReturnStatus.Returned, status);
        await AgreeAsync(coupon, returned: 1, claims: 2);
        Assert.False(await IsListedAsync(coupon, "anna"));
        Assert.True(await IsListedAsync(coupon, "bert"));
        Assert.Equal(ClaimOutcome.Returned, await ClaimAsync(grain, "anna"));
    }

    [Fact]
    public async Task A_claim_that_the_ledger_has_lost_is_put_back_and_its_unit_returned()
    {
        var (coupon, grain) = await SoldAsync(3, "anna", "bert");
        // A ledger of before the last relay.
        await ExecuteAsync($"DELETE FROM claims WHERE username = 'bert' AND coupon_id = {(await StoresAsync(coupon)).Row.LedgerId}");
        await ExecuteAsync($"UPDATE coupons SET drained = 1, left_count = 2 WHERE name = '{coupon.Name.Value}'");

        Assert.Equal(ReturnStatus.Returned, await grain.Return("bert"));

        await AgreeAsync(coupon, returned: 1, claims: 2);
    }

    [Fact]
    public async Task Coupons_without_returns_take_none_and_an_end_of_returns_holds_by_the_clock_of_the_stock()
    {
        await StartHookedAsync();
        var plain = Clusters[0].Client.GetGrain<ICouponGrain>((await CreatedAsync(2)).Key);
        await ClaimAsync(plain, "anna");
        Assert.Equal(ReturnStatus.NotAllowed, await plain.Return("anna"));
        Assert.Equal(ReturnStatus.NoSuchCoupon, await Clusters[0].Client.GetGrain<ICouponGrain>(CouponId.Known("bob", "none").Key).Return("anna"));

        var now = (await new CouponStock(Stock, CouponId.Known("bob", "none")).ViewNowAsync()).Now;
        var coupon = await ReturnableAsync(2, until: now + 60_000_000);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        await ClaimAsync(grain, "anna");
        await ClaimAsync(grain, "bert");
        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));
        await ExecuteAsync($"UPDATE coupons SET return_until = {now} WHERE name = '{coupon.Name.Value}'");

        Assert.Equal(ReturnStatus.TooLate, await grain.Return("bert"));
        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));
    }

    [Fact]
    public async Task A_unit_that_was_redeemed_since_the_ledger_lost_its_return_is_put_right_by_one_rebuild()
    {
        var (coupon, grain) = await SoldAsync(3, "anna", "bert");
        Assert.Equal(ReturnStatus.Returned, await grain.Return("anna"));
        var row = (await StoresAsync(coupon)).Row;
        // The ledger was put back to before the return, and a till asked it.
        await ExecuteAsync($"UPDATE claims SET returned_at = NULL WHERE coupon_id = {row.LedgerId}");
        await ExecuteAsync($"DELETE FROM events WHERE coupon_id = {row.LedgerId}");
        await ExecuteAsync($"UPDATE coupons SET returned = 0, left_count = left_count - 1, feed_seq = feed_seq - 1 WHERE id = {row.LedgerId}");
        var code = (await Ledger.ReceiptAsync(row.Key, "anna"))!.Code!;
        var redeeming = new Redemption(code, "till 7", null, new RequestMark(coupon.Seller.Value, Names.Fresh("key"), "redeem", new byte[32], null));
        Assert.Equal(RedemptionStatus.Redeemed, (await Ledger.RedeemAsync([redeeming]))[0].Status);

        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));

        await Eventually.EqualAsync("the ledger has the return", 1L, async () => (await StoresAsync(coupon)).Row.Returned, _soon);
        await AgreeAsync(coupon, returned: 1, claims: 3);
        var epoch = (await StoresAsync(coupon)).Stock.Epoch;
        // Another claim, its relay and another look at both stores find nothing more to rebuild.
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "dora"));
        await Eventually.EqualAsync("the claim is recorded", 4L, async () => (await StoresAsync(coupon)).Row.Drained, _soon);
        Assert.True(await grain.EnsureOfLedger());
        await AgreeAsync(coupon, returned: 1, claims: 4);
        Assert.Equal(epoch, (await StoresAsync(coupon)).Stock.Epoch);

        Assert.Equal((0L, 0L, 0L), ((await StoresAsync(coupon)).Row.Redeemed, await Ledger.CountWrongRedemptionsAsync(row.Key), await Ledger.CountWrongNumbersAsync(row.Key)));
        var conflict = Assert.Single(await Ledger.ConflictsAfterAsync(new FeedQuery(new FeedId(row.Key.Id, row.Key.Identity), 0, 10)));
        Assert.Equal(("anna", "till 7", FeedKinds.Returned), (conflict.Customer, conflict.Device, conflict.Reason));
        // Its till's late repeat does not let the customer pass.
        Assert.Equal(RedemptionStatus.Undone, (await Ledger.RedeemAsync([redeeming]))[0].Status);
    }

    [Fact]
    public async Task The_events_tell_the_whole_story_in_order()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await grain.Return("anna");
        await ClaimAsync(grain, "bert");
        await Eventually.EqualAsync("the claim is recorded", 2L, async () => (await StoresAsync(coupon)).Row.Drained, _soon);
        await grain.Return("bert");
        await ClaimAsync(grain, "carl");
        await Eventually.EqualAsync("the claim is recorded", 3L, async () => (await StoresAsync(coupon)).Row.Drained, _soon);

        var key = (await StoresAsync(coupon)).Row.Key;
        var events = await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(key.Id, key.Identity), 0, 100));
        Assert.Equal(
            [(1, "claimed", "anna"), (2, "returned", "anna"), (3, "claimed", "bert"), (4, "returned", "bert"), (5, "claimed", "carl")],
            events.Select(one => ((int)one.No, one.Kind, one.Customer!)));
        Assert.Equal(events.Select(one => one.At).Order(), events.Select(one => one.At));
    }

    private async Task<(CouponId Coupon, ICouponGrain Grain)> SoldAsync(int amount, params string[] winners)
    {
        await StartHookedAsync();
        var coupon = await ReturnableAsync(amount);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        foreach (var winner in winners)
            Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, winner));
        await Eventually.EqualAsync("the ledger holds the claims", (winners.Length, 0, (long)amount - winners.Length), () => LedgerAsync(coupon, winners), Drained);
        return (coupon, grain);
    }

    private Task StartHookedAsync() => StartClusterAsync(
        silos: 1, hook: ledger => HookedLedger.Of(ledger, method => _before?.Invoke(method) ?? Task.CompletedTask, method => _after?.Invoke(method) ?? Task.CompletedTask));

    private async Task<CouponId> ReturnableAsync(int amount, long? until = null)
    {
        var id = CouponId.Known(Names.Fresh("seller"), Names.Fresh("coupon"));
        Assert.Equal(
            CreateCouponOutcome.Created,
            await Clusters[0].Client.GetGrain<ICouponGrain>(id.Key).Create(new CouponTerms(amount, 5, "", Returns: true, ReturnUntil: until)));
        return id;
    }

    private async Task<(LedgerCoupon Row, StockReading Stock)> StoresAsync(CouponId coupon) =>
        ((await Ledger.FindAsync(coupon, countsClaims: true))!, await CouponStock.ReadAsync(Stock, coupon));

    /// <summary>The equations of both stores hold, and say the same.</summary>
    private async Task AgreeAsync(CouponId coupon, long returned, long claims)
    {
        var (row, stock) = await Eventually.HoldsAsync(
            "all claims are recorded", "an empty outbox", () => StoresAsync(coupon), seen => seen.Stock is { State: StockState.Verified, OutboxLength: 0 }, _soon);
        Assert.Equal((returned, returned, returned), (row.Returned, row.Given, stock.Returned));
        Assert.Equal((claims, claims, claims), (row.Claims, row.Drained, stock.Positions));
        Assert.Equal((row.Terms.Amount - (claims - returned), row.Left), (stock.Left, stock.Left));
    }

    private async Task<bool> IsListedAsync(CouponId coupon, string customer)
    {
        var page = Assert.Single(await Clusters[0].Client.GetGrain<IListGrain>(0).Read([new ListQuery(customer, UserKind.Customer, 1)]));
        Assert.Null(page.Fault);
        return page.Coupons.Any(item => item.Name == coupon.Name.Value);
    }

    /// <summary>A claim, sent again while units that came back are not sold yet.</summary>
    private static async Task<ClaimOutcome> ClaimAsync(ICouponGrain grain, string user)
    {
        for (var until = Environment.TickCount64 + 1_000; ;)
        {
            var outcome = (await grain.Claim(new ClaimBatch([user], null))).Outcomes[0];
            if (outcome is not (ClaimOutcome.Undecided or ClaimOutcome.SoldOut) || Environment.TickCount64 > until)
                return outcome;
        }
    }

    private static async Task<ReturnStatus?> TryReturnAsync(ICouponGrain grain, string user)
    {
        try
        {
            return await grain.Return(user);
        }
        catch (UnavailableException)
        {
            return null;
        }
    }

    private static Func<string, Task> FailOnce(string which)
    {
        var calls = 0;
        return method => method == which && Interlocked.Increment(ref calls) == 1 ? throw new UnavailableException("As if the silo had died.") : Task.CompletedTask;
    }
}
