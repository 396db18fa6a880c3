namespace SecKill.Tests.Integration.Telemetry;

/// <summary>What is counted is what has happened.</summary>
[Collection(WatchedSale.Name)]
public sealed class CountsTests(WatchedSale watched)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Gateways_count_each_claim_once_by_the_outcome_that_its_customer_heard()
    {
        var tokens = new Tokens(watched.Cluster.SigningKey);
        var api = watched.Cluster.Gateways.Select(gateway => new ApiClient(gateway)).ToArray();
        var seller = Names.Fresh("seller");
        Expect.Created(await api[0].CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, "c", 20));
        var before = await Scrape.OfAllAsync(watched.Cluster.Gateways);
        var left = (await SilosAsync()).Sum("seckill_units_left");
        Assert.InRange(left, 20, double.MaxValue);

        var customers = Enumerable.Range(0, 60).Select(_ => tokens.Mint(Names.Fresh("c"), Tokens.Customer)).ToArray();
        var heard = new List<Answer>();
        for (var round = 0; round < 2; round++)
            heard.AddRange(await Task.WhenAll(customers.Select((customer, i) => api[i % api.Length].ClaimAsync(customer, seller, i % 10 == 9 ? "none" : "c"))));
        // An owner: others may be refused under a lease, without asking Redis.
        var winner = customers[heard.FindIndex(answer => answer.Status == 201)];
        await watched.Cluster.RedisServer.SignalAsync("STOP");
        try
        {
            heard.Add(await api[0].ClaimAsync(winner, seller, "c"));
        }
        finally
        {
            await watched.Cluster.RedisServer.SignalAsync("CONT");
        }

        var after = await Scrape.OfAllAsync(watched.Cluster.Gateways);
        string[] outcomes = ["claimed", "already-claimed", "sold-out", "no-such-coupon", "undecided"];
        Assert.Equal(
            outcomes.Select(outcome => (outcome, heard.Count(answer => (answer.Status == 503 ? "undecided" : answer.ClaimResult) == outcome))),
            outcomes.Select(outcome => (outcome, (int)(Claims(after, outcome) - Claims(before, outcome)))));
        Assert.Equal(
            heard.Count, after.Sum("seckill_claim_duration_seconds_count") - before.Sum("seckill_claim_duration_seconds_count"));
        Assert.All(outcomes, outcome => Assert.Contains(heard, answer => (answer.Status == 503 ? "undecided" : answer.ClaimResult) == outcome));
        await Eventually.EqualAsync("units left", left - 20, async () => (await SilosAsync()).Sum("seckill_units_left"), _limit);
        // Redis must be believed again before the next test.
        await new Sale(watched.Cluster).OpenAsync(1, 1);

        static double Claims(Scrape scrape, string outcome) => scrape.Sum("seckill_claims_total", "outcome", outcome);
    }

    [Fact]
    public async Task What_waits_for_mysql_is_known_while_it_is_dead_and_after_a_queue_was_taken_over_from_a_dead_silo()
    {
        var sale = new Sale(watched.Cluster);
        await sale.OpenAsync(coupons: 6, amount: 100);
        await DepthAsync("nothing waits", 0);
        var drained = await DrainedAsync();

        await watched.Cluster.MySqlServer.KillAsync();
        var since = DateTimeOffset.UtcNow;
        await sale.RushAsync(10);
        await DepthAsync("all that was won waits", 60);
        await Eventually.HoldsAsync(
            "drains fail", "more than one a silo", async () => await SilosAsync(), seen => seen.Sum("seckill_drain_failures_total") > 2 && AgeIs(seen), _limit);

        await watched.Cluster.Silos[0].KillAsync();
        // With some of the other silo's coupons, which Orleans ends when their entry in its directory is gone; the next claim wakes them.
        await Eventually.EqualAsync("all that was won waits, on the silo that is left (more or fewer)", 0, async () =>
        {
            await sale.RushAsync(1);
            return (int)(await SilosAsync()).Sum("seckill_queue_depth") - Won();
        }, _limit);
        await Eventually.HoldsAsync("it waits since it was won", "that long", SilosAsync, AgeIs, _limit);

        await watched.Cluster.MySqlServer.StartAsync();
        await DepthAsync("nothing waits again", 0);
        Assert.Equal(0, (await SilosAsync()).Max("seckill_queue_oldest_age_seconds"));
        Assert.Equal(Won(), await DrainedAsync() - drained);
        await watched.Cluster.Silos[0].StartAsync();
        await Eventually.HoldsAsync(
            "both silos are seen", "2", () => Scrape.OfAsync(watched.Cluster.Gateways[0]), seen => seen.Max("seckill_silos") == 2, _limit);

        int Won() => sale.Coupons.Sum(coupon => sale.OwnersOf(coupon).Count);

        async Task<double> DrainedAsync() => (await Scrape.OfAsync(watched.Cluster.Silos[1].Address)).Sum("seckill_drained_total");

        // Won after MySQL had died, and all of it soon.
        bool AgeIs(Scrape seen) => seen.Max("seckill_queue_oldest_age_seconds") is > 0.5 and var age && age <= (DateTimeOffset.UtcNow - since).TotalSeconds + 1;
    }

    private Task DepthAsync(string phase, int depth) =>
        Eventually.EqualAsync(phase, depth, async () => (int)(await SilosAsync()).Sum("seckill_queue_depth"), _limit);

    private Task<Scrape> SilosAsync() => Scrape.OfAllAsync(watched.Cluster.Silos.Where(silo => silo.IsRunning).Select(silo => silo.Address));
}
