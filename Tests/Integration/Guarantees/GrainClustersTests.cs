using Orleans.TestingHost;
using SecKill.Grains.Interfaces.Lists;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// No oversell and exactly-once relay, below HTTP: a coupon with two activations at once. Orleans prevents that in one cluster, so there are
/// two independent clusters on one Redis and one MySQL.
/// </summary>
public sealed class GrainClustersTests(GrainServers servers) : GrainClusters(servers)
{
    [Fact]
    public async Task Two_activations_of_a_coupon_sell_it_out_exactly_and_drain_each_claim_once()
    {
        const int amount = 500;
        await UseClusterAsync(silos: 1);
        await StartClusterAsync(silos: 1);
        var coupon = await CreatedAsync(amount);
        var users = Enumerable.Range(0, 800).Select(_ => Names.Fresh("customer")).ToArray();
        var won = new ConcurrentBag<string>();

        await Task.WhenAll(Clusters.Select((cluster, i) => ClaimAllAsync(cluster, coupon, users, seed: i, won)));

        Assert.Equal(amount, won.Count);
        Assert.Equal(amount, won.Distinct().Count());
        await Eventually.EqualAsync("the ledger holds every claim once", (amount, 0, 0L), () => LedgerAsync(coupon, won), Drained);
    }

    [Fact]
    public async Task A_cluster_that_stops_in_good_order_leaves_nothing_undrained()
    {
        // A long interval, so that only the shutdown can have drained the outbox.
        await StartClusterAsync(silos: 2, drainInterval: TimeSpan.FromMinutes(1));
        var coupons = new List<(CouponId Id, ConcurrentBag<string> Won)>();
        for (var i = 0; i < 8; i++)
            coupons.Add((await CreatedAsync(amount: 30), []));
        await Task.WhenAll(coupons.Select(coupon =>
            ClaimAllAsync(Clusters[0], coupon.Id, [.. Enumerable.Range(0, 20).Select(_ => Names.Fresh("customer"))], seed: 0, coupon.Won)));
        Assert.All(coupons, coupon => Assert.Equal(20, coupon.Won.Count));

        await Clusters[0].StopAllSilosAsync(TestContext.Current.CancellationToken);

        foreach (var (id, won) in coupons)
            Assert.Equal((20, 0, 10L), await LedgerAsync(id, won));
    }

    [Fact]
    public async Task Who_is_told_to_own_a_piece_finds_it_listed_though_the_answer_to_the_claim_was_lost()
    {
        // So that the relay cannot have added it to the list.
        await UseClusterAsync(silos: 1, drainInterval: TimeSpan.FromMinutes(1));
        var coupon = await CreatedAsync(amount: 5);
        var customer = Names.Fresh("customer");
        // An activation drains a non-empty outbox as it starts; this one starts with an empty one.
        Assert.Equal([ClaimOutcome.Claimed], (await ClaimAsync(coupon, Names.Fresh("early"))).Outcomes);
        // What is left of a claim whose silo died between script and list, on a cluster of Redis servers.
        Assert.Equal([ClaimOutcome.Claimed], (await new CouponStock(Stock, coupon).ClaimAsync([customer], withLists: false)).Outcomes);

        Assert.Equal([ClaimOutcome.AlreadyClaimed], (await ClaimAsync(coupon, customer)).Outcomes);

        Assert.Equal(0, (await LedgerAsync(coupon, [])).Rows);
        var pages = await Clusters[0].Client.GetGrain<IListGrain>(0).Read([new ListQuery(customer, UserKind.Customer, 1)]);
        Assert.Equal([coupon.Name.Value], pages[0].Coupons.Select(row => row.Name));
    }

    [Fact]
    public async Task What_only_an_activation_remembers_is_put_back_after_another_silo_has_rebuilt_the_stock_without_it()
    {
        // So that nothing is drained that Redis then loses.
        await UseClusterAsync(silos: 1, drainInterval: TimeSpan.FromMinutes(1));
        var coupon = await CreatedAsync(amount: 6);
        string[] winners = [.. Enumerable.Range(0, 5).Select(_ => Names.Fresh("customer"))];
        foreach (var winner in winners)
            Assert.Equal([ClaimOutcome.Claimed], (await ClaimAsync(coupon, winner)).Outcomes);

        await FlushAsync();
        Assert.True(await new LedgerRepair(Stock, Ledger, NullLoggerFactory.Instance, TimeProvider.System).RebuildAsync(coupon, TestContext.Current.CancellationToken));
        // Redis grants units that do not exist: no customer is told so.
        var late = new ClaimBatch([Names.Fresh("late"), Names.Fresh("late")], null);
        Assert.Equal([ClaimOutcome.Undecided, ClaimOutcome.Undecided], (await Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(late)).Outcomes);

        foreach (var winner in winners)
            Assert.Equal([ClaimOutcome.AlreadyClaimed], (await ClaimAsync(coupon, winner)).Outcomes);
        Assert.Equal([ClaimOutcome.AlreadyClaimed], (await ClaimAsync(coupon, late.Users[0])).Outcomes);
        Assert.Equal([ClaimOutcome.SoldOut], (await ClaimAsync(coupon, late.Users[1])).Outcomes);
    }

    [Fact]
    public async Task A_list_denies_no_win_that_only_silos_remember_while_sql_takes_no_writes()
    {
        // So that nothing is drained that Redis then loses.
        await UseClusterAsync(silos: 2, drainInterval: TimeSpan.FromMinutes(1));
        CouponId[] coupons = [await CreatedAsync(amount: 10), await CreatedAsync(amount: 10), await CreatedAsync(amount: 10)];
        string[] winners = [.. Enumerable.Range(0, 5).Select(_ => Names.Fresh("customer"))];
        foreach (var coupon in coupons)
            Assert.All((await Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch(winners, null))).Outcomes, outcome => Assert.Equal(ClaimOutcome.Claimed, outcome));
        await MySql.SetReadOnlyAsync(true);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");

        // Only a list is lost: the stock is verified, and the silos know the winners.
        await redis.GetDatabase().KeyDeleteAsync(StockKeys.CouponsOf(winners[0]));
        var page = Assert.Single(await PagesAsync(winners[0]));
        AssertShowsAll(page);

        await redis.GetServers().Single().FlushAllDatabasesAsync();
        Assert.All(await PagesAsync(winners), page => Assert.NotNull(page.Fault));
        // Again: the first read has not marked them complete.
        Assert.All(await PagesAsync(winners), page => Assert.NotNull(page.Fault));
        var other = Assert.Single(await PagesAsync(Names.Fresh("bystander")));
        Assert.Equal((null, 0), (other.Fault, other.Coupons.Length));

        await MySql.SetReadOnlyAsync(false);
        Assert.All(
            await Eventually.HoldsAsync("the lists are read again", "no fault", () => PagesAsync(winners), pages => Array.TrueForAll(pages, one => one.Fault is null), Drained),
            AssertShowsAll);

        void AssertShowsAll(CouponPage shown)
        {
            Assert.Null(shown.Fault);
            Assert.Equal(coupons.Select(coupon => coupon.Name.Value).Order(), shown.Coupons.Select(row => row.Name).Order());
        }
    }

    private Task<CouponPage[]> PagesAsync(params string[] customers) =>
        Clusters[0].Client.GetGrain<IListGrain>(0).Read([.. customers.Select(customer => new ListQuery(customer, UserKind.Customer, 1))]);

    [Fact]
    public async Task After_the_ledger_fell_back_nobody_owns_a_piece_of_a_coupon_that_got_the_id_of_another()
    {
        await UseClusterAsync(silos: 1);
        var lost = await CreatedAsync(amount: 12);
        var first = (await Ledger.FindAsync(lost))!.Key;
        await ExecuteAsync($"DELETE FROM coupons WHERE id = {first.Id}");
        await ExecuteAsync("ALTER TABLE coupons AUTO_INCREMENT = 1");
        var other = await CreatedAsync(amount: 5);
        Assert.Equal(first.Id, (await Ledger.FindAsync(other))!.LedgerId);

        string[] early = [.. Enumerable.Range(0, 5).Select(_ => Names.Fresh("early"))];
        string[] winners = [.. Enumerable.Range(0, 5).Select(_ => Names.Fresh("winner"))];
        var told = (await Task.WhenAll(early.Select(user => ClaimAsync(lost, user)))).Select(reply => reply.Outcomes[0]).ToArray();
        Assert.All(await Task.WhenAll(winners.Select(user => ClaimAsync(other, user))), reply => Assert.Equal([ClaimOutcome.Claimed], reply.Outcomes));

        // The other coupon is not affected; the lost one is closed.
        await Eventually.EqualAsync("the ledger holds the other's winners", (5, 0, 0L), () => LedgerAsync(other, winners), Drained);
        Assert.All(winners, user => Assert.Equal([ClaimOutcome.AlreadyClaimed], ClaimAsync(other, user).Result.Outcomes));
        var late = Names.Fresh("late");
        await Eventually.EqualAsync("the lost one is closed", ClaimOutcome.Undecided, async () => (await ClaimAsync(lost, late)).Outcomes[0], Drained);

        // Its seller creates it again with fewer units: confirmed owners keep theirs as far as the units go.
        CreateCouponOutcome[] possible = [CreateCouponOutcome.Created];
        var outcome = await Eventually.HoldsAsync<CreateCouponOutcome?>("it is created again", "an outcome", async () =>
        {
            try
            {
                return await Clusters[0].Client.GetGrain<ICouponGrain>(lost.Key).Create(new CouponTerms(4, 5, ""));
            }
            catch (UnavailableException)
            {
                // This try may have created it.
                possible = [CreateCouponOutcome.Created, CreateCouponOutcome.Duplicate];
                return null;
            }
        }, known => known is not null, Drained);
        Assert.Contains(outcome!.Value, possible);
        var stock = await CouponStock.ReadAsync(Stock, lost);
        Assert.Equal((StockState.Verified, 4), (stock.State, stock.Terms!.Amount));
        var settled = (await Task.WhenAll(early.Select(user => ClaimAsync(lost, user)))).Select(reply => reply.Outcomes[0]).ToArray();
        Assert.InRange(settled.Count(outcome => outcome == ClaimOutcome.AlreadyClaimed), Math.Min(4, told.Count(outcome => outcome == ClaimOutcome.Claimed)), 4);
        await Eventually.HoldsAsync("the ledger holds no more than there are", "at most 4 claims", () => LedgerAsync(lost, [.. early, late]),
            ledger => ledger is { NotWon: 0, Rows: 3 or 4 } && ledger.Left == 4 - ledger.Rows, Drained);
    }

    private Task<ClaimReply> ClaimAsync(CouponId coupon, string customer) =>
        Clusters[0].Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch([customer], null));

    /// <summary>All users claim through this cluster, in batches, several at once.</summary>
    private static async Task ClaimAllAsync(InProcessTestCluster cluster, CouponId coupon, string[] users, int seed, ConcurrentBag<string> won)
    {
        var order = users.ToArray();
        new Random(seed).Shuffle(order);
        await Parallel.ForEachAsync(order.Chunk(7), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, _) =>
        {
            var reply = await cluster.Client.GetGrain<ICouponGrain>(coupon.Key).Claim(new ClaimBatch(batch, null));
            Assert.DoesNotContain(ClaimOutcome.Undecided, reply.Outcomes);
            foreach (var (user, outcome) in batch.Zip(reply.Outcomes))
            {
                if (outcome == ClaimOutcome.Claimed)
                    won.Add(user);
            }
        });
    }
}
