using Microsoft.Extensions.DependencyInjection;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Stops;
using SecKill.Grains.Recovery;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Tests.Integration.Guarantees;

/// <content>Units are served as soon as they may be, without a claim; and what happens to a line where SQL or Redis has lost of it.</content>
public sealed partial class WaitingListTests
{
    // Well before the wake-up first rings.
    private static readonly TimeSpan _beforeTheWakeUp = TimeSpan.FromSeconds(40);

    private readonly HashSet<SaleStop> _stops = [];

    [Fact]
    public async Task Operators_stop_serving_and_when_they_let_it_go_on_those_in_line_are_served_at_once()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await JoinAsync(grain, "carl", "dora", "emil");
        await StopAsync(coupon, isStopped: true);
        await grain.Return("anna");
        await grain.Return("bert");
        await QuietIsOverAsync(coupon);
        await grain.RelaySoon();
        // After it: a relay that served would have begun.
        Assert.Equal([ClaimOutcome.Paused, ClaimOutcome.Paused], (await grain.Claim(new ClaimBatch(["carl", "late"], null))).Outcomes);
        Assert.True(await CouponStock.ReadAsync(Stock, coupon) is { Left: 2, Waiting: 3, MustServe: true });
        // Another stop is no news for it.
        await StopAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), isStopped: true);
        Assert.Equal([(1L, 3L)], await PlacesAsync(grain, "carl"));

        await StopAsync(coupon, isStopped: false);

        await ServedAsync(grain, "dora", within: _beforeTheWakeUp);
        await AgreeAsync(coupon, served: ["carl", "dora"], waiting: ["emil"]);
    }

    [Fact]
    public async Task An_end_serves_nobody_and_at_a_new_start_those_in_line_are_served_at_once()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora");
        await ChangeAsync(grain, new CouponChange(ChangeAction.Window) { Ends = new WindowEdge(null, IsNow: true) });
        await grain.Return("anna");
        await QuietIsOverAsync(coupon);
        Assert.Empty((await new CouponStock(Stock, coupon).ServeAsync()).Users);
        Assert.Equal([WaitOutcome.Ended, WaitOutcome.Waiting], (await grain.Join(["late", "dora"])).Outcomes);
        Assert.Equal(ClaimOutcome.Ended, await ClaimAsync(grain, "carl"));
        // It need not be kept awake for them.
        Assert.True(await CouponStock.ReadAsync(Stock, coupon) is { Left: 1, Waiting: 2, MustServe: false });

        var start = DateTimeOffset.UtcNow.AddSeconds(1.5).ToUnixTimeMilliseconds() * 1_000;
        await ChangeAsync(grain, new CouponChange(ChangeAction.Window) { Starts = new WindowEdge(start), Ends = new WindowEdge(start + 3_600_000_000) });
        var before = await CouponStock.ReadAsync(Stock, coupon);
        Assert.True(before is { Waiting: 2, MustServe: false, StartsIn: not null } or { StartsIn: null }, $"{before}");

        await ServedAsync(grain, "carl", within: _beforeTheWakeUp);
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);
        var at = (await Ledger.WaitsOfAsync((await Ledger.FindAsync(coupon))!.Key, ["carl"])).Single().ServedAt;
        Assert.True(at >= start, $"{at} {start}");
    }

    [Fact]
    public async Task The_wake_up_serves_those_in_line_where_the_silo_that_should_has_died()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora");
        await RecordedAsync(coupon);
        // What comes of a return whose activation died right after it.
        var row = (await Ledger.FindAsync(coupon))!;
        await Eventually.EqualAsync("the claim is recorded", 1L, async () => (await Ledger.FindAsync(coupon))!.Drained, _soon);
        Assert.Equal([ReturnResult.Done], await Ledger.ReturnAsync([new ClaimReturn(row.Key, row.Epoch, "anna", 1)]));
        var given = await new CouponStock(Stock, coupon).GiveBackAsync(row.Key, row.Epoch, ["anna"]);
        Assert.Equal((StockState.Verified, 1), (given.State, given.Left));

        await RingAsync();

        await ServedAsync(grain, "carl", within: _beforeTheWakeUp);
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);

        Task RingAsync() => grain.AsReference<IRemindable>().ReceiveReminder("drain", new TickStatus());
    }

    [Fact]
    public async Task A_crowd_before_a_full_line_hears_it_from_a_lease_and_who_waits_or_owns_never_does()
    {
        var (coupon, grain) = await SoldAsync(1, 3, ["anna"]);
        await JoinAsync(grain, "carl", "dora");

        var told = await grain.Join(["emil", "fred"]);
        Assert.Equal([WaitOutcome.Joined, WaitOutcome.Full], told.Outcomes);
        RefusalLease? lease = null;
        // A slow machine may need longer to answer than a lease lasts.
        await Eventually.EqualAsync("a lease is given", true, async () => (lease = (await grain.Join(["fred"])).Refusal) is { Filter: not null }, _soon);

        Assert.InRange(lease!.FullFor, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(100));
        Assert.All(["anna", "carl", "dora", "emil"], user => Assert.True(lease.Filter!.MayContain(user)));
        Assert.Equal([WaitOutcome.Waiting, WaitOutcome.AlreadyClaimed, WaitOutcome.Full], (await grain.Join(["emil", "anna", "gina"])).Outcomes);
        await grain.Leave(["carl"]);
        await Eventually.EqualAsync("the place is given", WaitOutcome.Joined, async () => (await grain.Join(["fred"])).Outcomes[0], _soon);
        Assert.Equal(WaitOutcome.Waiting, (await grain.Join(["fred"])).Outcomes[0]);
        await AgreeAsync(coupon, served: [], waiting: ["dora", "emil", "fred"], left: ["carl"]);
    }

    [Fact]
    public async Task Who_has_left_by_Redis_is_not_in_line_again_where_the_ledger_has_lost_it()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora", "emil");
        await RecordedAsync(coupon);
        await grain.Leave(["dora"]);
        await RecordedAsync(coupon);
        // The ledger as it was before.
        var id = (await Ledger.FindAsync(coupon))!.LedgerId;
        await ExecuteAsync($"UPDATE waiting SET left_at = NULL WHERE coupon_id = {id} AND username = 'dora'");
        await ExecuteAsync($"UPDATE coupons SET leaves = 0 WHERE id = {id}");

        Assert.True(await grain.Rebuild());

        Assert.Equal([(1L, 2L), (-1L, 2L), (2L, 2L)], await PlacesAsync(grain, "carl", "dora", "emil"));
        await AgreeAsync(coupon, served: [], waiting: ["carl", "emil"], left: ["dora"]);
    }

    [Fact]
    public async Task An_audit_names_who_waits_by_one_store_alone_and_a_rebuild_puts_them_in_line()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora", "emil");
        await grain.Leave(["emil"]);
        await AgreeAsync(coupon, served: [], waiting: ["carl", "dora"], left: ["emil"]);
        var auditor = new Auditor(Stock, Ledger, TimeProvider.System);
        var sound = await auditor.AuditAsync(coupon, deep: true);
        Assert.True(sound.Verdict == AuditVerdict.Agrees, string.Join(' ', sound.Words()));
        // One by SQL alone; one by Redis alone.
        var (keys, id) = (StockKeys.OfCoupon(coupon), (await Ledger.FindAsync(coupon))!.LedgerId);
        await Stock.Database.SortedSetRemoveAsync(keys[5], "carl");
        await Stock.Database.HashIncrementAsync(keys[0], "served");
        await ExecuteAsync($"DELETE FROM waiting WHERE coupon_id = {id} AND username = 'dora'");

        var audit = await auditor.AuditAsync(coupon, deep: true);

        var difference = Assert.Single(audit.Differences);
        Assert.Equal((AuditVerdict.Differs, AuditDifferenceKind.Line, 2L), (audit.Verdict, difference.Kind, difference.Count));
        Assert.Equal(["carl", "dora"], difference.Names.Order());
        Assert.Contains("carl", string.Join(' ', audit.Words()), StringComparison.Ordinal);
        Assert.True(await grain.Rebuild());
        Assert.Equal([(1L, 2L), (2L, 2L)], await PlacesAsync(grain, "carl", "dora"));
        await Eventually.EqualAsync("the audit agrees", AuditVerdict.Agrees, async () => (await auditor.AuditAsync(coupon, deep: true)).Verdict, _soon);
    }

    [Fact]
    public async Task An_audit_of_a_line_that_moves_finds_nothing()
    {
        var (coupon, grain) = await SoldAsync(1, 10_000, ["anna"]);
        var auditor = new Auditor(Stock, Ledger, TimeProvider.System);
        using var audits = new CancellationTokenSource();
        var moving = Task.Run(async () =>
        {
            for (var i = 0; !audits.IsCancellationRequested; i++)
            {
                await grain.Join([.. Enumerable.Range(i * 20, 20).Select(k => $"w{k % 4_000}")]);
                await grain.Leave([.. Enumerable.Range(i * 20, 10).Select(k => $"w{k % 4_000}")]);
            }
        }, TestContext.Current.CancellationToken);

        for (var round = 0; round < 8; round++)
            Assert.DoesNotContain((await auditor.AuditAsync(coupon, deep: true)).Differences, difference => difference.Kind is AuditDifferenceKind.Line);

        await audits.CancelAsync();
        await moving;
    }

    /// <summary>As the stops' grain tells it to the silo, which here does not ask for them.</summary>
    private async Task StopAsync(CouponId coupon, bool isStopped)
    {
        if (isStopped)
            _stops.Add(SaleStop.Of(coupon));
        else
            _stops.Remove(SaleStop.Of(coupon));
        await Silo.GetRequiredService<KnownStops>().Stopped([.. _stops]);
    }

    private async Task QuietIsOverAsync(CouponId coupon) => await Eventually.EqualAsync("the quiet time is over", true, async () =>
    {
        var from = (string?)await Stock.Database.HashGetAsync(StockKeys.OfCoupon(coupon)[0], "from") ?? "0:";
        return long.Parse(from[..from.IndexOf(':', StringComparison.Ordinal)], CultureInfo.InvariantCulture) < DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000;
    }, _soon);
}
