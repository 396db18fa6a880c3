namespace SecKill.Tests.Integration.Guarantees;

/// <content>Changes that meet their own repeat, a rebuild, or the start of the sale.</content>
public sealed partial class ChangedCouponTests
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public async Task A_repeat_does_not_answer_for_a_transaction_that_commits_while_it_looks()
    {
        var (coupon, grain) = await SoldAsync(5, "anna");
        var mark = Mark(ChangeAction.Pause, Names.Fresh("key"));
        var row = (await StoresAsync(coupon)).Row;
        var calls = 0;
        // The first request was given up; its transaction commits after the repeat has read the row.
        _after = method => method == nameof(ILedger.FindAsync) && Interlocked.Increment(ref calls) == 1
            ? Ledger.ChangeAsync(new TermsChange(row.Key, 0, Terms: new SaleTerms(null, null, 1, null), Request: mark))
            : Task.CompletedTask;

        var repeated = await grain.Change(Change(ChangeAction.Pause, null), mark, null);

        Assert.Equal((ChangeStatus.Done, SaleState.Paused), (repeated.Status, repeated.Coupon!.State));
        await AgreeAsync(coupon, 1, 5);
        Assert.Equal(ClaimOutcome.Paused, await ClaimAsync(grain, "carl"));
    }

    [Fact]
    public async Task A_resume_is_not_answered_while_a_rebuild_has_opened_the_terms_of_before()
    {
        var (coupon, grain) = await SoldAsync(5, "anna");
        await grain.Change(Change(ChangeAction.Pause, null), Mark(ChangeAction.Pause, null), null);
        var (release, read) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (rebuilds, changes, rebuilding) = (0, 0, Task.CompletedTask);
        _before = method => method == Changing && Interlocked.Increment(ref changes) == 1 ? BeginRebuildAsync() : Task.CompletedTask;
        _after = async method =>
        {
            if (method == nameof(ILedger.BeginEpochAsync) && Interlocked.Increment(ref rebuilds) == 1)
            {
                read.SetResult();
                await release.Task;
            }
            else if (method == Changing)
            {
                release.TrySetResult();
            }
        };

        var resumed = await grain.Change(Change(ChangeAction.Resume, null), Mark(ChangeAction.Resume, null), null);

        Assert.Equal((ChangeStatus.Done, SaleState.Open, 2L), (resumed.Status, resumed.Coupon!.State, resumed.Coupon.Version));
        await rebuilding;
        await AgreeAsync(coupon, 2, 5);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));

        Task BeginRebuildAsync()
        {
            rebuilding = grain.Rebuild();
            return read.Task.WaitAsync(_soon, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_start_that_is_put_off_in_its_last_moment_opens_nothing_and_closes_nothing_that_has_begun(bool isCommitted)
    {
        var (coupon, grain) = await SoldAsync(5);
        var now = (await new CouponStock(Stock, coupon).ViewNowAsync()).Now;
        // On sale from creation on: a later start would close it.
        Assert.Equal(ChangeStatus.Started, (await PutOffAsync(grain, now + Hour)).Status);
        // So it begins anew: over, and set up for later.
        await grain.Change(Change(ChangeAction.Window, null), Mark(ChangeAction.Window, null), null);
        Assert.Equal(ChangeStatus.Done, (await PutOffAsync(grain, now + Hour)).Status);
        var version = (await StoresAsync(coupon)).Row.Version;
        // It breaks off at the ledger, which then does not answer until the start of before has passed.
        var (hasFailed, answers) = (false, new TaskCompletionSource());
        _before = method => Volatile.Read(ref hasFailed) ? answers.Task : method == Changing && !isCommitted ? FailAsync() : Task.CompletedTask;
        _after = method => method == Changing && isCommitted && !Volatile.Read(ref hasFailed) ? FailAsync() : Task.CompletedTask;
        await Assert.ThrowsAsync<UnavailableException>(() => PutOffAsync(grain, now + (2 * Hour)));

        // Between the stores, the start of before passes.
        await Stock.Database.HashSetAsync(StockKeys.OfCoupon(coupon)[0], "starts", now - 1);
        Assert.Equal([ClaimOutcome.NotStarted], (await grain.Claim(new ClaimBatch(["carl"], null))).Outcomes);
        answers.SetResult();
        Assert.True(await grain.EnsureOfLedger());

        // A relay may be ending the hold already.
        var (row, stock) = await Eventually.HoldsAsync(
            "the hold has ended", "the next version in both stores", () => StoresAsync(coupon),
            seen => (seen.Row.Version, seen.Stock.Version, seen.Stock.IsHeld) == (version + 1, version + 1, false), _soon);
        Assert.Equal(now + ((isCommitted ? 2 : 1) * Hour), row.Terms.StartsAt);
        Assert.Equal(row.Terms.StartsAt, stock.Terms!.StartsAt);

        Task FailAsync()
        {
            Volatile.Write(ref hasFailed, true);
            throw new UnavailableException("As if the silo had died.");
        }
    }

    [Fact]
    public async Task A_creation_that_breaks_off_after_the_ledger_is_finished_by_its_repeat()
    {
        await StartHookedAsync();
        var id = CouponId.Known(Names.Fresh("seller"), Names.Fresh("coupon"));
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(id.Key);
        var (terms, mark) = (new CouponTerms(5, 1, "", StartsAt: 1), Mark(ChangeAction.Pause, Names.Fresh("key")));
        _after = FailOnce(nameof(ILedger.CreateAsync));
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Create(terms, mark));
        Assert.Equal(StockState.Missing, (await CouponStock.ReadAsync(Stock, id)).State);

        Assert.Equal(CreateCouponOutcome.Created, await grain.Create(terms, mark));

        Assert.Equal(StockState.Verified, (await CouponStock.ReadAsync(Stock, id)).State);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "anna"));
        Assert.Equal(CreateCouponOutcome.OtherContent, await grain.Create(terms, mark with { Hash = [.. Enumerable.Repeat((byte)9, 32)] }));
        Assert.Equal(CreateCouponOutcome.Duplicate, await grain.Create(terms, mark with { Key = Names.Fresh("key") }));
    }

    private static Task<ChangeReply> PutOffAsync(ICouponGrain grain, long start) => grain.Change(
        new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(start), Ends = new WindowEdge(null) }, Mark(ChangeAction.Window, null), null);
}
