namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A change reaches both stores, wherever it breaks off, and what stops a sale stops it whatever the stock is at.</summary>
public sealed partial class ChangedCouponTests(GrainServers servers) : GrainClusters(servers)
{
    private const string Changing = nameof(ILedger.ChangeAsync);

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private volatile Func<string, Task>? _before;
    private volatile Func<string, Task>? _after;

    [Theory]
    [InlineData(ChangeAction.Pause, null)]
    [InlineData(ChangeAction.Amount, 8)]
    [InlineData(ChangeAction.Amount, 3)]
    [InlineData(ChangeAction.Amount, null)]
    [InlineData(ChangeAction.Window, null)]
    public async Task A_change_that_breaks_off_after_the_ledger_is_finished_by_its_repeat(ChangeAction action, int? amount)
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        _after = FailOnce(Changing);
        var (change, mark) = (Change(action, amount), Mark(action, Names.Fresh("key")));
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Change(change, mark, null));
        Assert.Equal(1, (await StoresAsync(coupon)).Row.Version);

        var repeated = await grain.Change(change, mark, null);

        Assert.Equal((ChangeStatus.Done, 1L), (repeated.Status, repeated.Coupon!.Version));
        await AgreeAsync(coupon, 1, amount ?? (action == ChangeAction.Amount ? 2 : 5));
        Assert.Single((await grain.Operations(0, 10))!);
    }

    [Theory]
    [InlineData(ChangeAction.Pause, null)]
    [InlineData(ChangeAction.Amount, 8)]
    [InlineData(ChangeAction.Amount, 3)]
    public async Task A_change_that_breaks_off_after_the_ledger_is_finished_by_the_wake_up(ChangeAction action, int? amount)
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        _after = FailOnce(Changing);
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Change(Change(action, amount), Mark(action, null), null));

        Assert.True(await grain.EnsureOfLedger());

        await AgreeAsync(coupon, 1, amount ?? 5);
        Assert.Equal(action == ChangeAction.Pause ? ClaimOutcome.Paused : ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));
    }

    [Fact]
    public async Task Units_that_a_change_has_set_aside_come_back_if_it_was_not_made()
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        _before = FailOnce(Changing);
        await Assert.ThrowsAsync<UnavailableException>(() => grain.Change(Change(ChangeAction.Amount, 2), Mark(ChangeAction.Amount, null), null));

        // By themselves, and the version is moved first, so that a transaction that was given up fails.
        await Eventually.EqualAsync("the version is moved", 1L, async () => (await StoresAsync(coupon)).Stock.Version, _soon);
        await AgreeAsync(coupon, 1, 5);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));
    }

    [Fact]
    public async Task A_transaction_that_was_given_up_takes_no_units_once_they_were_given_back()
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        var (frozen, reached) = (new TaskCompletionSource(), new TaskCompletionSource());
        var calls = 0;
        _before = method => method == Changing && Interlocked.Increment(ref calls) == 1 ? FreezeAsync() : Task.CompletedTask;
        var late = grain.Change(Change(ChangeAction.Amount, 2), Mark(ChangeAction.Amount, null), null);
        await reached.Task.WaitAsync(_soon, TestContext.Current.CancellationToken);

        // As another activation would, which sees units held by a change of which it knows nothing.
        var row = (await StoresAsync(coupon)).Row;
        Assert.True((await Ledger.ChangeAsync(new TermsChange(row.Key, 0))).Committed);
        await new CouponStock(Stock, coupon).ApplyAsync((await StoresAsync(coupon)).Row);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "dora"));
        frozen.SetResult();

        // It is made anew by what is now.
        Assert.Equal((ChangeStatus.BelowOwners, 4L), ((await late).Status, (await late).Owners));
        await AgreeAsync(coupon, 1, 5);

        async Task FreezeAsync()
        {
            reached.SetResult();
            await frozen.Task;
        }
    }

    [Fact]
    public async Task After_an_answered_pause_no_rebuild_under_way_sells()
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        var (release, read) = (new TaskCompletionSource(), new TaskCompletionSource());
        var rebuilds = 0;
        // The rebuild has read the terms of before the pause.
        _after = method => method == nameof(ILedger.BeginEpochAsync) && Interlocked.Increment(ref rebuilds) == 1 ? WaitAsync() : Task.CompletedTask;
        var rebuilding = grain.Rebuild();
        await read.Task.WaitAsync(_soon, TestContext.Current.CancellationToken);

        var paused = await grain.Change(Change(ChangeAction.Pause, null), Mark(ChangeAction.Pause, null), null);
        Assert.Equal((ChangeStatus.Done, SaleState.Paused), (paused.Status, paused.Coupon!.State));
        release.SetResult();
        Assert.True(await rebuilding);

        Assert.Equal(2, rebuilds);
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Paused], (await grain.Claim(new ClaimBatch(["anna", "carl"], null))).Outcomes);
        await AgreeAsync(coupon, 1, 5);

        async Task WaitAsync()
        {
            read.SetResult();
            await release.Task;
        }
    }

    [Fact]
    public async Task A_pause_holds_when_Redis_has_lost_everything()
    {
        var (coupon, grain) = await SoldAsync(5, "anna", "bert");
        await grain.Change(Change(ChangeAction.Pause, null), Mark(ChangeAction.Pause, null), null);

        await FlushAsync();

        await Eventually.EqualAsync("it is rebuilt", ClaimOutcome.AlreadyClaimed, () => ClaimAsync(grain, "anna"), _soon);
        Assert.Equal(ClaimOutcome.Paused, await ClaimAsync(grain, "carl"));
        await AgreeAsync(coupon, 1, 5);
    }

    [Fact]
    public async Task Two_activations_change_one_after_the_other_and_each_change_is_made_once()
    {
        await StartClusterAsync(silos: 1);
        await StartClusterAsync(silos: 1);
        var coupon = await CreatedAsync(5);
        var grains = Clusters.Select(cluster => cluster.Client.GetGrain<ICouponGrain>(coupon.Key)).ToArray();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ChangedAsync(grains[i % 2], 10 + i)));

        Assert.All(replies, reply => Assert.Equal(ChangeStatus.Done, reply.Status));
        var operations = (await grains[0].Operations(0, 100))!;
        Assert.Equal(20, operations.Length);
        // A version without an operation ended what one activation saw the other hold.
        Assert.Equal(operations.Select(one => one.No).Distinct().Order(), operations.Select(one => one.No));
        Assert.All(operations.Zip(operations.Skip(1)), pair => Assert.Equal(pair.First.After, pair.Second.Before));
        var row = (await StoresAsync(coupon)).Row;
        await AgreeAsync(coupon, row.Version, row.Terms.Amount);

        async Task<ChangeReply> ChangedAsync(ICouponGrain grain, int amount)
        {
            var mark = Mark(ChangeAction.Amount, Names.Fresh("key"));
            while (true)
            {
                try
                {
                    return await grain.Change(Change(ChangeAction.Amount, amount), mark, null);
                }
                catch (UnavailableException)
                {
                    // As a client would: it is safe to send again.
                }
            }
        }
    }

    private async Task<(CouponId Coupon, ICouponGrain Grain)> SoldAsync(int amount, params string[] winners)
    {
        await StartHookedAsync();
        var coupon = await CreatedAsync(amount);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        foreach (var winner in winners)
            Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, winner));
        // A relay would finish the change before the test looks.
        await Eventually.EqualAsync("the ledger holds the claims", (winners.Length, 0, (long)amount - winners.Length), () => LedgerAsync(coupon, winners), Drained);
        return (coupon, grain);
    }

    private Task StartHookedAsync() => StartClusterAsync(
        silos: 1, hook: ledger => HookedLedger.Of(ledger, method => _before?.Invoke(method) ?? Task.CompletedTask, method => _after?.Invoke(method) ?? Task.CompletedTask));

    private async Task<(LedgerCoupon Row, StockReading Stock)> StoresAsync(CouponId coupon) =>
        ((await Ledger.FindAsync(coupon))!, await CouponStock.ReadAsync(Stock, coupon));

    private async Task AgreeAsync(CouponId coupon, long version, int amount)
    {
        var (row, stock) = await StoresAsync(coupon);
        Assert.Equal((version, version, amount, amount, 0L), (row.Version, stock.Version, row.Terms.Amount, stock.Terms!.Amount, stock.Held));
    }

    /// <summary>A claim, sent again while units that came back are not sold yet.</summary>
    private static async Task<ClaimOutcome> ClaimAsync(ICouponGrain grain, string user)
    {
        for (var until = Environment.TickCount64 + 1_000; ;)
        {
            var outcome = (await grain.Claim(new ClaimBatch([user], null))).Outcomes[0];
            if (outcome is not (ClaimOutcome.Undecided or ClaimOutcome.Paused or ClaimOutcome.SoldOut) || Environment.TickCount64 > until)
                return outcome;
        }
    }

    private static Func<string, Task> FailOnce(string which)
    {
        var calls = 0;
        return method => method == which && Interlocked.Increment(ref calls) == 1 ? throw new UnavailableException("As if the silo had died.") : Task.CompletedTask;
    }

    private static CouponChange Change(ChangeAction action, int? amount) =>
        new(action) { Amount = amount, Ends = action == ChangeAction.Window ? new WindowEdge(null, IsNow: true) : null };

    private static RequestMark Mark(ChangeAction action, string? key) => new("bob", key, $"{action}", [.. Enumerable.Repeat((byte)action, 32)], null);
}
