using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A waiting list is served in line, each customer once, and is whole again after either store or a silo was lost.</summary>
public sealed partial class WaitingListTests(GrainServers servers) : GrainClusters(servers)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private volatile Func<string, Task>? _before;

    [Fact]
    public async Task Units_that_come_back_go_to_those_in_line_and_to_no_claim()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await JoinAsync(grain, "carl", "dora", "emil");

        await grain.Return("anna");

        // Claims in the quiet time and after it; past the leases.
        var stock = new CouponStock(Stock, coupon);
        await stock.ReadAsync();
        await ServedAsync(grain, "carl", async () => Assert.Equal([ClaimOutcome.SoldOut], (await stock.ClaimAsync(["late"])).Outcomes));
        Assert.Equal(ClaimOutcome.AlreadyClaimed, await ClaimAsync(grain, "carl"));
        Assert.Equal(ClaimOutcome.Waiting, await ClaimAsync(grain, "dora"));
        Assert.Equal(ClaimOutcome.Returned, await ClaimAsync(grain, "anna"));
        Assert.Equal([(1L, 2L), (2L, 2L)], await PlacesAsync(grain, "dora", "emil"));
        await grain.Return("bert");
        await ServedAsync(grain, "dora");
        await AgreeAsync(coupon, served: ["carl", "dora"], waiting: ["emil"]);
    }

    [Fact]
    public async Task Who_leaves_is_not_served_and_who_joins_again_stands_at_the_end()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora", "emil");
        Assert.Equal([WaitOutcome.Left, WaitOutcome.Left], (await grain.Leave(["carl", "dora"])).Outcomes);
        Assert.Equal([WaitOutcome.Left], (await grain.Leave(["dora"])).Outcomes);
        Assert.Equal(2, Assert.Single((await grain.Join(["carl"])).Places));

        await grain.Return("anna");

        await ServedAsync(grain, "emil");
        Assert.Equal([(1L, 1L), (-1L, 1L)], await PlacesAsync(grain, "carl", "dora"));
        Assert.Equal([WaitOutcome.AlreadyClaimed], (await grain.Leave(["emil"])).Outcomes);
        await AgreeAsync(coupon, served: ["emil"], waiting: ["carl"], left: ["dora"]);
    }

    [Fact]
    public async Task Who_may_not_wait_is_told_why()
    {
        var (_, grain) = await SoldAsync(2, "anna");
        Assert.Equal([WaitOutcome.NotSoldOut, WaitOutcome.AlreadyClaimed], (await grain.Join(["bert", "anna"])).Outcomes);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "bert"));
        await grain.Return("bert");
        await Eventually.EqualAsync("the unit is sold again", ClaimOutcome.Claimed, () => ClaimAsync(grain, "emil"), _soon);
        Assert.Equal([WaitOutcome.Returned], (await grain.Join(["bert"])).Outcomes);
        var crowd = Enumerable.Range(0, 101).Select(i => $"c{i}").ToArray();
        Assert.Equal(WaitOutcome.Full, (await grain.Join(crowd)).Outcomes[100]);
        Assert.Equal(WaitOutcome.Waiting, (await grain.Join(["c7"])).Outcomes[0]);

        var plain = Clusters[0].Client.GetGrain<ICouponGrain>((await CreatedAsync(1)).Key);
        Assert.Equal([WaitOutcome.NoWaitlist], (await plain.Join(["anna"])).Outcomes);
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(plain, "anna"));
        Assert.Equal([(-2L, 0L)], await PlacesAsync(plain, "anna"));
        Assert.Equal([WaitOutcome.NoSuchCoupon], (await Clusters[0].Client.GetGrain<ICouponGrain>(CouponId.Known("bob", "none").Key).Join(["anna"])).Outcomes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_line_is_whole_again_when_Redis_has_lost_it(bool isRecorded)
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        if (!isRecorded)
            _before = method => method == nameof(ILedger.DrainWaitlogAsync) ? throw new UnavailableException("SQL takes no joins.") : Task.CompletedTask;
        await JoinAsync(grain, "carl", "dora", "emil", "fred");
        await grain.Leave(["dora"]);
        await grain.Join(["dora"]);
        await grain.Leave(["emil"]);
        if (isRecorded)
            await RecordedAsync(coupon);

        await FlushAsync();
        await Eventually.EqualAsync("the stock is rebuilt", true, () => TryAsync(grain.EnsureVerified), _soon);

        Assert.Equal([(1L, 3L), (2L, 3L), (3L, 3L), (-1L, 3L)], await PlacesAsync(grain, "carl", "fred", "dora", "emil"));
        _before = null;
        await grain.Return("anna");
        await ServedAsync(grain, "carl");
        await AgreeAsync(coupon, served: ["carl"], waiting: ["fred", "dora"], left: ["emil"]);
    }

    [Fact]
    public async Task Who_was_served_and_not_recorded_yet_owns_the_unit_when_Redis_has_lost_it()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await JoinAsync(grain, "carl", "dora");
        await RecordedAsync(coupon);
        _before = method => method == nameof(ILedger.DrainAsync) ? throw new UnavailableException("SQL takes no claims.") : Task.CompletedTask;
        await grain.Return("anna");
        await ServedAsync(grain, "carl");

        await FlushAsync();
        await Eventually.EqualAsync("the stock is rebuilt", true, () => TryAsync(grain.EnsureVerified), _soon);

        Assert.Equal([(0L, 1L), (1L, 1L)], await PlacesAsync(grain, "carl", "dora"));
        _before = null;
        await AgreeAsync(coupon, served: ["carl"], waiting: ["dora"]);
    }

    [Fact]
    public async Task Another_activation_goes_on_serving_where_one_died_in_the_middle()
    {
        var (coupon, grain) = await SoldAsync(3, "anna", "bert", "cora");
        await JoinAsync(grain, "dora", "emil", "fred", "gina");
        // So that it serves nobody by itself.
        await StopAsync(coupon, isStopped: true);
        await grain.Return("anna");
        await grain.Return("bert");
        // What the activation does not learn: a script of it ran, and it died.
        var (stock, served) = (new CouponStock(Stock, coupon), new List<string>());
        await Eventually.EqualAsync("they are served", "dora emil", async () =>
        {
            served.AddRange((await stock.ServeAsync()).Users);
            return string.Join(' ', served);
        }, _soon);
        await StopAsync(coupon, isStopped: false);

        await StartClusterAsync(silos: 1);
        var other = Clusters[1].Client.GetGrain<ICouponGrain>(coupon.Key);
        await other.EnsureOfLedger();
        await other.Return("cora");
        await ServedAsync(other, "fred");

        await AgreeAsync(coupon, served: ["dora", "emil", "fred"], waiting: ["gina"]);
    }

    [Fact]
    public async Task A_paused_sale_serves_nobody_and_a_raise_serves_as_many_as_it_brings()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora", "emil");
        await ChangeAsync(grain, new CouponChange(ChangeAction.Pause));
        await ChangeAsync(grain, new CouponChange(ChangeAction.Amount) { Amount = 3 });
        var stock = new CouponStock(Stock, coupon);
        Assert.Empty((await stock.ServeAsync()).Users);
        // It need not be kept awake for them.
        Assert.True(await CouponStock.ReadAsync(Stock, coupon) is { Left: 2, Waiting: 3, MustServe: false });
        Assert.Equal(ClaimOutcome.Paused, await ClaimAsync(grain, "carl"));
        Assert.Equal([(1L, 3L)], await PlacesAsync(grain, "carl"));

        await ChangeAsync(grain, new CouponChange(ChangeAction.Resume));

        await ServedAsync(grain, "dora");
        await AgreeAsync(coupon, served: ["carl", "dora"], waiting: ["emil"]);
    }

    [Fact]
    public async Task Claims_are_recorded_though_the_ledger_takes_no_joins()
    {
        var (coupon, grain) = await SoldAsync(2, "anna");
        _before = method => method == nameof(ILedger.DrainWaitlogAsync) ? throw new UnavailableException("SQL takes no joins.") : Task.CompletedTask;
        Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, "bert"));
        await JoinAsync(grain, "carl");
        await Eventually.EqualAsync("both claims are recorded", 2L, async () => (await Ledger.FindAsync(coupon, countsClaims: true))!.Claims, _soon);
        await grain.Return("anna");
        await ServedAsync(grain, "carl");

        await Eventually.EqualAsync("all claims are recorded", 3L, async () => (await Ledger.FindAsync(coupon, countsClaims: true))!.Claims, _soon);

        Assert.Equal(1, (await CouponStock.ReadAsync(Stock, coupon)).Line!.LogLength);
        _before = null;
        await AgreeAsync(coupon, served: ["carl"], waiting: []);
    }

    [Fact]
    public async Task A_customer_who_joined_and_was_served_during_the_relay_is_told_as_served_before_the_unit_is_redeemed()
    {
        var (coupon, grain) = await SoldAsync(2, "anna", "bert");
        await AgreeAsync(coupon, served: [], waiting: []);
        var key = (await Ledger.FindAsync(coupon))!.Key;
        var reads = 0;
        _before = async method =>
        {
            if (method == nameof(ILedger.DrainWaitlogAsync) && ++reads == 1)
                await JoinAndServeAsync("dora");
            else if (method is nameof(ILedger.DrainWaitlogAsync) or nameof(ILedger.WaitsOfAsync))
                await RedeemAsync("dora");
        };

        await JoinAsync(grain, "carl");

        await AgreeAsync(coupon, served: ["carl", "dora"], waiting: []);
        await RedeemAsync("dora");
        var events = await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(key.Id, key.Identity), 0, 100));
        Assert.Equal(["claimed", "served", "redeemed"], events.Where(item => item.Customer == "dora").Select(item => item.Kind));

        // After the relay has read the waitlog to its end, and before it reads the outbox.
        async Task JoinAndServeAsync(string user)
        {
            await JoinAsync(grain, user);
            await grain.Return("anna");
            await grain.Return("bert");
            var stock = new CouponStock(Stock, coupon);
            await Eventually.EqualAsync("both are served", 0L, async () =>
            {
                await stock.ServeAsync();
                return (await CouponStock.ReadAsync(Stock, coupon)).Waiting;
            }, _soon);
        }

        // As soon as the ledger has the claim.
        async Task RedeemAsync(string user)
        {
            if (await Ledger.ReceiptAsync(key, user) is { Code: { } code })
                await Ledger.RedeemAsync([new Redemption(code, "till", null, new RequestMark(coupon.Seller.Value, null, "redeem", [], null))]);
        }
    }

    [Fact]
    public async Task What_is_no_entry_of_the_waitlog_keeps_no_other_from_being_recorded()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl");
        await RecordedAsync(coupon);
        // As an earlier script may have written it, with its counters.
        var keys = StockKeys.OfCoupon(coupon);
        await Stock.Database.ListRightPushAsync(keys[6], "no entry");
        await Stock.Database.HashIncrementAsync(keys[0], "leaves");
        await Stock.Database.HashDecrementAsync(keys[0], "served");

        await JoinAsync(grain, "dora");

        await AgreeAsync(coupon, served: [], waiting: ["carl", "dora"]);
    }

    [Fact]
    public async Task A_raise_serves_no_more_at_once_than_are_recorded_in_between()
    {
        var (coupon, grain) = await SoldAsync(1, 2_000, ["anna"]);
        var customers = Enumerable.Range(0, 1_500).Select(i => $"w{i}").ToArray();
        foreach (var batch in customers.Chunk(500))
            await JoinAsync(grain, batch);
        await RecordedAsync(coupon);
        var longest = 0L;
        _before = async method =>
        {
            if (method == nameof(ILedger.DrainAsync))
                longest = Math.Max(longest, (await CouponStock.ReadAsync(Stock, coupon)).OutboxLength);
        };

        await ChangeAsync(grain, new CouponChange(ChangeAction.Amount) { Amount = 1_401 });

        await ServedAsync(grain, "w1399");
        await AgreeAsync(coupon, served: customers[..1_400], waiting: customers[1_400..]);
        Assert.InRange(longest, 1, 512);
    }

    [Fact]
    public async Task A_coupon_that_the_ledger_lost_leaves_its_line_to_no_other_of_that_name()
    {
        var (coupon, grain) = await SoldAsync(1, "anna");
        await JoinAsync(grain, "carl", "dora");
        await RecordedAsync(coupon);
        await Eventually.EqualAsync("the claim is recorded", 1L, async () => (await Ledger.FindAsync(coupon, countsClaims: true))!.Claims, _soon);
        await grain.Leave(["dora"]);
        await RecordedAsync(coupon);
        var lost = (await Ledger.FindAsync(coupon))!;
        await ExecuteAsync($"DELETE FROM waiting WHERE coupon_id = {lost.LedgerId}");
        await ExecuteAsync($"DELETE FROM claims WHERE coupon_id = {lost.LedgerId}");
        await ExecuteAsync($"DELETE FROM coupons WHERE id = {lost.LedgerId}");

        Assert.Equal(CreateCouponOutcome.Created, await grain.Create(new CouponTerms(3, 5, "", Returns: true, Waitlist: 100)));

        await Eventually.EqualAsync("it is open", true, () => TryAsync(grain.EnsureVerified), _soon);
        Assert.True(await CouponStock.ReadAsync(Stock, coupon) is { Waiting: 0, Line: { Joins: 0, Leaves: 0, LogLength: 0 } });
        Assert.Equal([(-1L, 0L)], await PlacesAsync(grain, "carl"));
        // Undecided in the quiet time after a rebuild.
        await Eventually.EqualAsync("units are for sale", ClaimOutcome.Claimed, () => ClaimAsync(grain, "emil"), _soon);
    }

    [Fact]
    public async Task Of_many_who_join_those_first_in_line_who_had_not_left_are_served_and_each_once()
    {
        const int Units = 60;
        var owners = Enumerable.Range(0, Units).Select(i => $"o{i}").ToArray();
        var (coupon, grain) = await SoldAsync(Units, 5_000, owners);
        var customers = Enumerable.Range(0, 3_000).Select(i => $"w{i}").ToArray();
        // While they join, units come back and some leave.
        var joining = Parallel.ForEachAsync(customers.Chunk(37), async (batch, _) => Assert.All((await grain.Join(batch)).Outcomes, outcome => Assert.Equal(WaitOutcome.Joined, outcome)));
        var returning = Parallel.ForEachAsync(owners, async (owner, _) =>
        {
            await joining;
            Assert.Equal(ReturnStatus.Returned, await grain.Return(owner));
        });
        await joining;
        var line = await new CouponProbe(Stock, coupon).LineAsync();
        var gone = line.Where((_, i) => i % 7 == 3).Take(40).ToArray();
        var leaving = await grain.Leave(gone);
        await returning;

        await Eventually.EqualAsync("all units are owned", (0, 3_000L - Units - leaving.Outcomes.Count(outcome => outcome == WaitOutcome.Left)), async () =>
        {
            var stock = await CouponStock.ReadAsync(Stock, coupon);
            return (stock.Left, stock.Waiting);
        }, _soon);
        var left = gone.Where((_, i) => leaving.Outcomes[i] == WaitOutcome.Left).ToHashSet();
        var served = line.Where(user => !left.Contains(user)).Take(Units).ToArray();
        await AgreeAsync(coupon, served, waiting: [.. line.Where(user => !left.Contains(user)).Skip(Units)], left: [.. left]);
    }

    private async Task<(CouponId Coupon, ICouponGrain Grain)> SoldAsync(int amount, params string[] winners) => await SoldAsync(amount, 100, winners);

    private async Task<(CouponId Coupon, ICouponGrain Grain)> SoldAsync(int amount, int waitlist, string[] winners)
    {
        await StartClusterAsync(silos: 1, hook: ledger => HookedLedger.Of(ledger, method => _before?.Invoke(method) ?? Task.CompletedTask));
        var coupon = CouponId.Known(Names.Fresh("seller"), Names.Fresh("coupon"));
        var grain = Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key);
        Assert.Equal(CreateCouponOutcome.Created, await grain.Create(new CouponTerms(amount, 5, "", Returns: true, Waitlist: waitlist)));
        foreach (var winner in winners)
            Assert.Equal(ClaimOutcome.Claimed, await ClaimAsync(grain, winner));
        return (coupon, grain);
    }

    private static async Task JoinAsync(ICouponGrain grain, params string[] users)
    {
        var reply = await grain.Join(users);
        Assert.All(reply.Outcomes, outcome => Assert.Equal(WaitOutcome.Joined, outcome));
    }

    private static async Task<ClaimOutcome> ClaimAsync(ICouponGrain grain, string user) => (await grain.Claim(new ClaimBatch([user], null))).Outcomes[0];

    private static async Task<(long, long)[]> PlacesAsync(ICouponGrain grain, params string[] users)
    {
        var places = new List<(long, long)>();
        foreach (var user in users)
            places.Add(await grain.Place(user) is { } place ? (place.Position, place.Of) : default);
        return [.. places];
    }

    private static Task ServedAsync(ICouponGrain grain, string user, Func<Task>? meanwhile = null, TimeSpan? within = null) => Eventually.EqualAsync($"{user} is served", 0L, async () =>
    {
        await (meanwhile?.Invoke() ?? Task.CompletedTask);
        return (await grain.Place(user))?.Position ?? -9;
    }, within ?? _soon);

    private async Task RecordedAsync(CouponId coupon) =>
        await Eventually.EqualAsync("the joins are recorded", 0L, async () => (await CouponStock.ReadAsync(Stock, coupon)).Line?.LogLength ?? -1, _soon);

    private static async Task ChangeAsync(ICouponGrain grain, CouponChange change) =>
        Assert.Equal(ChangeStatus.Done, (await grain.Change(change, new RequestMark("seller", null, "", [], null), null)).Status);

    private static async Task<bool> TryAsync(Func<Task<bool>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception fault) when (fault is UnavailableException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Both stores say the same of the line, and their equations hold.</summary>
    private async Task AgreeAsync(CouponId coupon, string[] served, string[] waiting, string[]? left = null)
    {
        await Eventually.HoldsAsync(
            "all is recorded", "empty logs", () => CouponStock.ReadAsync(Stock, coupon),
            seen => seen is { State: StockState.Verified, OutboxLength: 0, Line.LogLength: 0 }, _soon);
        var (row, stock) = ((await Ledger.FindAsync(coupon, countsClaims: true))!, await CouponStock.ReadAsync(Stock, coupon));
        Assert.Equal((row.Joins, row.Leaves), (stock.Line!.Joins, stock.Line.Leaves));
        Assert.Equal((row.Claims, row.Left), (stock.Positions, stock.Left));
        Assert.Equal(waiting, await new CouponProbe(Stock, coupon).LineAsync());
        var rows = await Ledger.WaitsAsync(row.Key, "", 10_000);
        Assert.Equal(served.Order(), rows.Where(wait => wait.ServedAt is not null).Select(wait => wait.User).Order());
        Assert.Equal((left ?? []).Order(), rows.Where(wait => wait.LeftAt is not null).Select(wait => wait.User).Order());
        Assert.Equal(waiting, rows.Where(wait => wait is { LeftAt: null, ServedAt: null }).OrderBy(wait => wait.Serial).Select(wait => wait.User));
        var owners = (await Ledger.OwnersAsync(row.Key, "", 10_000)).Where(owner => !owner.IsReturned).Select(owner => owner.User).ToHashSet();
        Assert.True(owners.IsSupersetOf(served));
        Assert.Equal(row.Terms.Amount - row.Left, owners.Count);
    }

    private sealed class CouponProbe(StockServer server, CouponId coupon)
    {
        public async Task<List<string>> LineAsync() =>
            [.. (await server.Database.SortedSetRangeByRankAsync(StockKeys.OfCoupon(coupon)[5])).Select(user => (string)user!)];
    }
}
