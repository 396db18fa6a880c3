using Microsoft.Extensions.DependencyInjection;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Tests.Integration.Guarantees;

/// <content>Returns that meet claims, each other, a rebuild, or a change of the coupon.</content>
public sealed partial class ReturnedUnitTests
{
    private static readonly RequestMark _seller = new("bob", null, "change", [.. Enumerable.Repeat((byte)1, 32)], null);

    [Fact]
    public async Task Units_go_from_hand_to_hand_and_each_customer_wins_once_and_returns_once()
    {
        const int Amount = 5;
        await StartHookedAsync();
        var coupon = await ReturnableAsync(Amount);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        string[] customers = [.. Enumerable.Range(0, 60).Select(i => $"customer-{i}")];

        // Each wins in the end, and all but the last ones give it back, each asking twice at once.
        var (wins, returns) = (0, 0);
        await Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (customer, cancellation) =>
        {
            var won = await Eventually.HoldsAsync(
                $"{customer} claims", "a unit, or none is left", () => ClaimOnceAsync(grain, customer),
                outcome => outcome is ClaimOutcome.Claimed || (outcome is ClaimOutcome.SoldOut && Volatile.Read(ref wins) >= customers.Length - Amount), _soon);
            if (won != ClaimOutcome.Claimed || Interlocked.Increment(ref wins) > customers.Length - Amount)
                return;
            var answers = await Task.WhenAll(grain.Return(customer), grain.Return(customer));
            Assert.Equal([ReturnStatus.Returned, ReturnStatus.Returned], answers);
            Interlocked.Increment(ref returns);
            Assert.Equal(ClaimOutcome.Returned, await ClaimOnceAsync(grain, customer));
        });

        await AgreeAsync(coupon, returns, wins);
        Assert.InRange(wins - returns, 0, Amount);
    }

    [Fact]
    public async Task Returns_beside_rebuilds_are_all_in_both_stores_in_the_end()
    {
        string[] owners = [.. Enumerable.Range(0, 40).Select(i => $"customer-{i}")];
        var (coupon, grain) = await SoldAsync(owners.Length, owners);
        using var done = new CancellationTokenSource();
        var rebuilding = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await grain.Rebuild();
        }, TestContext.Current.CancellationToken);

        var returning = Parallel.ForEachAsync(owners, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (owner, _) =>
            Assert.Equal(ReturnStatus.Returned, await Eventually.HoldsAsync("the return", "an answer", () => TryReturnAsync(grain, owner), answer => answer is not null, _soon)));
        await returning;
        await done.CancelAsync();
        await rebuilding;

        await AgreeAsync(coupon, owners.Length, owners.Length);
        foreach (var owner in owners)
            Assert.Equal(ClaimOutcome.Returned, await ClaimOnceAsync(grain, owner));
    }

    [Fact]
    public async Task Returns_beside_pauses_and_amounts_keep_every_unit()
    {
        string[] owners = [.. Enumerable.Range(0, 40).Select(i => $"customer-{i}")];
        var (coupon, grain) = await SoldAsync(owners.Length + 5, owners);
        using var done = new CancellationTokenSource();
        var changing = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                CouponChange change = (i % 4) switch
                {
                    0 => new(ChangeAction.Pause),
                    1 => new(ChangeAction.Amount) { Amount = owners.Length + 10 },
                    2 => new(ChangeAction.Resume),
                    _ => new(ChangeAction.Amount) { Amount = owners.Length + 3 },
                };
                Assert.Equal(ChangeStatus.Done, (await grain.Change(change, _seller, null)).Status);
            }
        }, TestContext.Current.CancellationToken);

        // Also while it is paused.
        await Parallel.ForEachAsync(owners, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (owner, _) =>
            Assert.Equal(ReturnStatus.Returned, await Eventually.HoldsAsync("the return", "an answer", () => TryReturnAsync(grain, owner), answer => answer is not null, _soon)));
        await done.CancelAsync();
        await changing;

        await AgreeAsync(coupon, owners.Length, owners.Length);
        var (row, stock) = await StoresAsync(coupon);
        Assert.Equal((row.Version, row.Terms.Amount, 0L), (stock.Version, stock.Terms!.Amount, stock.Held));
    }

    [Fact]
    public async Task Two_activations_return_each_unit_once()
    {
        await StartHookedAsync();
        await StartClusterAsync(silos: 1);
        var coupon = await ReturnableAsync(20);
        var grains = Clusters.Select(cluster => cluster.Client.GetGrain<ICouponGrain>(coupon.Key)).ToArray();
        string[] owners = [.. Enumerable.Range(0, 20).Select(i => $"customer-{i}")];
        foreach (var owner in owners)
            Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grains[0], owner));

        await Parallel.ForEachAsync(owners.SelectMany(owner => grains.Select(grain => (owner, grain))), async (one, _) =>
            Assert.Equal(ReturnStatus.Returned, await Eventually.HoldsAsync("the return", "an answer", () => TryReturnAsync(one.grain, one.owner), answer => answer is not null, _soon)));

        await AgreeAsync(coupon, owners.Length, owners.Length);
    }

    [Fact]
    public async Task No_lease_that_was_given_after_a_return_refuses_who_returned()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await grain.Return("anna");
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "carl"));

        var reply = await Eventually.HoldsAsync(
            "a lease", "sold out", () => grain.Claim(new ClaimBatch(["nobody"], null)), answer => answer.Refusal is { Filter: not null }, _soon);

        Assert.Equal(ClaimOutcome.SoldOut, reply.Refusal!.Reason);
        Assert.All("anna bert carl".Split(' '), name => Assert.True(reply.Refusal.Filter!.MayContain(name)));
        Assert.Equal(ClaimOutcome.Returned, (await grain.Claim(new ClaimBatch(["anna"], null))).Outcomes[0]);
        await AgreeAsync(coupon, returned: 1, claims: 3);
    }

    private static async Task<ClaimOutcome> ClaimOnceAsync(ICouponGrain grain, string user) => (await grain.Claim(new ClaimBatch([user], null))).Outcomes[0];

    [Fact]
    public async Task Returns_end_to_the_moment_by_the_clock_of_the_stock()
    {
        await StartHookedAsync();
        var until = await NowAsync() + 8_000_000;
        var coupon = await ReturnableAsync(200, until);
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        string[] owners = [.. Enumerable.Range(0, 200).Select(i => $"o{i}")];
        Assert.All((await grain.Claim(new ClaimBatch(owners, null))).Outcomes, outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
        await Eventually.EqualAsync("the claims are recorded", 200L, async () => (await StoresAsync(coupon)).Row.Drained, _soon);
        await Eventually.EqualAsync("the end is near", true, async () => await NowAsync() > until - 100_000, _soon);

        var late = 0;
        foreach (var owner in owners)
        {
            var asked = await NowAsync();
            var status = await grain.Return(owner);
            if (await NowAsync() < until)
                Assert.Equal(ReturnStatus.Returned, status);
            else if (asked >= until)
                Assert.Equal(ReturnStatus.TooLate, status);
            if (status == ReturnStatus.TooLate && ++late == 3)
                break;
        }

        Assert.Equal(3, late);
        var key = (await StoresAsync(coupon)).Row.Key;
        var events = await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(key.Id, key.Identity), 0, 1_000));
        Assert.All(events.Where(one => one.Kind == "returned"), one => Assert.True(one.At < until, $"{one.At} {until}"));
    }

    [Fact]
    public async Task A_ring_in_whose_course_the_ledger_gets_a_return_leaves_the_wake_up_and_the_next_one_finishes_it()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        var (table, id, row) = (Silo.GetRequiredService<IReminderTable>(), grain.GetGrainId(), (await StoresAsync(coupon)).Row);
        await Eventually.EqualAsync("the outbox is empty", 0L, async () => (await StoresAsync(coupon)).Stock.OutboxLength, _soon);
        var rings = 0;
        // Another activation's, between this one's look at Redis and its second look at the ledger.
        _before = async method =>
        {
            if (method == nameof(ILedger.HasVersionAsync) && Interlocked.Increment(ref rings) == 1)
                Assert.Equal([ReturnResult.Done], await Ledger.ReturnAsync([new ClaimReturn(row.Key, row.Epoch, "anna", 1)]));
        };

        await RingAsync();

        Assert.Equal((1, 1L), (rings, (await StoresAsync(coupon)).Row.Returned));
        Assert.NotNull(await table.ReadRow(id, "drain", TestContext.Current.CancellationToken));
        await RingAsync();
        await AgreeAsync(coupon, returned: 1, claims: 2);
        Assert.False(await IsListedAsync(coupon, "anna"));
        await Eventually.EqualAsync("the wake-up is gone", true, async () =>
        {
            await RingAsync();
            return await table.ReadRow(id, "drain") is null;
        }, _soon);

        Task RingAsync() => grain.AsReference<IRemindable>().ReceiveReminder("drain", new TickStatus());
    }

    /// <summary>By the clock that decides, in microseconds since 1970.</summary>
    private async Task<long> NowAsync()
    {
        var time = (RedisResult[])(await Stock.Database.ExecuteAsync("TIME"))!;
        return (long)time[0] * 1_000_000 + (long)time[1];
    }
}
