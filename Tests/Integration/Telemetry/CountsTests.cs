using System.Net.Http.Json;

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
        // Redis must be believed again before the next test.
        await new Sale(watched.Cluster).OpenAsync(1, 1);

        static double Claims(Scrape scrape, string outcome) => scrape.Sum("seckill_claims_total", "outcome", outcome);
    }

    [Fact]
    public async Task Units_left_fall_by_those_that_are_won()
    {
        var (api, tokens) = (new ApiClient(watched.Cluster.Gateways[0]), new Tokens(watched.Cluster.SigningKey));
        // Once more where a coupon of another test has woken meanwhile.
        await Eventually.EqualAsync("units that are left no more", 20.0, async () =>
        {
            var seller = Names.Fresh("seller");
            Expect.Created(await api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, "c", 30));
            var before = await LeftAsync();
            foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.ClaimAsync(tokens.Mint(Names.Fresh("c"), Tokens.Customer), seller, "c"))))
                Expect.Claimed(answer);
            return before - await LeftAsync();
        }, _limit);

        async Task<double> LeftAsync() => (await SilosAsync()).Sum("seckill_units_left");
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

    [Fact]
    public async Task What_is_joined_returned_served_and_redeemed_is_counted()
    {
        var tokens = new Tokens(watched.Cluster.SigningKey);
        var (api, seller) = (new ApiClient(watched.Cluster.Gateways[0]), Names.Fresh("seller"));
        var (token, coupon) = (tokens.Mint(seller, Tokens.Seller), ApiClient.CouponOf(seller, "c"));
        var (owner, first, second) = (Names.Fresh("c"), Names.Fresh("c"), Names.Fresh("c"));
        Expect.Created(await api.PostAsync(ApiClient.CouponsOf(seller), new { name = "c", amount = 1, stock = 5, returns = "once", waitlist = 10 }, token));
        Expect.Claimed(await api.ClaimAsync(tokens.Mint(owner, Tokens.Customer), seller, "c"));
        var before = await SilosAsync();

        // Joins are relayed with claims.
        await watched.Cluster.MySqlServer.SignalAsync("STOP");
        try
        {
            foreach (var customer in new[] { first, second })
                Assert.Equal(201, (await AskAsync(HttpMethod.Put, $"waiting/{customer}", customer)).Status);
            await Eventually.HoldsAsync(
                "two wait, and the ledger does not know", "so", SilosAsync,
                seen => (seen.Sum("seckill_waiting"), seen.Sum("seckill_waitlog_depth"), seen.Max("seckill_waitlog_oldest_age_seconds") > 0.2) == (2, 2, true), _limit);
        }
        finally
        {
            await watched.Cluster.MySqlServer.SignalAsync("CONT");
        }
        await Eventually.EqualAsync("the ledger knows", (0.0, 0.0), async () =>
            await SilosAsync() is var seen ? (seen.Sum("seckill_waitlog_depth"), seen.Max("seckill_waitlog_oldest_age_seconds")) : default, _limit);
        await Eventually.EqualAsync("the unit is given back", 200, async () => (await AskAsync(HttpMethod.Delete, $"claims/{owner}", owner)).Status, _limit);
        await Eventually.HoldsAsync("the first is served", "place 0", () => AskAsync(HttpMethod.Get, $"waiting/{first}", first), answer => answer.Body.Contains("\"position\":0", StringComparison.Ordinal), _limit);
        var receipt = await Eventually.HoldsAsync("the first has a receipt", "200", () => AskAsync(HttpMethod.Get, $"claims/{first}/receipt", first), answer => answer.Status == 200, _limit);
        var code = receipt.Json!.Value.GetProperty("data").GetProperty("code").GetString();
        var tills = $"{ApiClient.Users}/{seller}/redemptions";
        Assert.Equal(200, (await api.PostAsync(tills, new { code, device = "till" }, token)).Status);
        Assert.Equal(200, (await api.PostAsync($"{tills}/batch", new[] { new { code, device = "other", key = "k" }, new { code = (string?)"00000000000000000000", device = "other", key = "l" } }, token)).Status);
        Assert.Equal(200, (await api.SendAsync(HttpMethod.Delete, $"{tills}/{code}", token)).Status);

        var after = await Eventually.HoldsAsync("one waits", "1, and nothing unserved", SilosAsync, seen => (seen.Sum("seckill_waiting"), seen.Sum("seckill_units_unserved")) == (1, 0), _limit);
        Assert.Equal((2, 1, 1), (More("seckill_waits_total", "outcome", "joined"), More("seckill_served_total"), More("seckill_returns_total", "result", "done")));
        Assert.Equal((1, 1, 1), (Redemptions("redeemed", "online"), Redemptions("again", "offline"), Redemptions("unknown", "offline")));
        Assert.Equal((1, 2), (More("seckill_redemptions_undone_total", "result", "undone"), More("seckill_redemption_duration_seconds_count")));

        int More(string name, string? label = null, string? value = null) => (int)(after.Sum(name, label, value) - before.Sum(name, label, value));

        int Redemptions(string result, string till) => (int)(after.Sum("seckill_redemptions_total", ("result", result), ("till", till)) - before.Sum("seckill_redemptions_total", ("result", result), ("till", till)));

        Task<Answer> AskAsync(HttpMethod method, string route, string customer) => api.SendAsync(method, $"{coupon}/{route}", tokens.Mint(customer, Tokens.Customer));
    }

    [Fact]
    public async Task What_is_changed_begun_stopped_and_exported_is_counted()
    {
        var tokens = new Tokens(watched.Cluster.SigningKey);
        var (api, seller) = (new ApiClient(watched.Cluster.Gateways[0]), Names.Fresh("seller"));
        var token = tokens.Mint(seller, Tokens.Seller);
        Expect.Created(await api.PostAsync(
            ApiClient.CouponsOf(seller), new { name = "c", amount = 20, stock = 5, startsAt = DateTimeOffset.UtcNow.AddMilliseconds(300).ToUnixTimeMilliseconds() }, token));
        var before = await AllAsync();

        // It begins with its first claim, and ends with the first after its end.
        await ClaimedAsync("claimed");
        Assert.Equal(200, await ChangeAsync(HttpMethod.Post, "pause"));
        Assert.Equal(200, await ChangeAsync(HttpMethod.Post, "resume"));
        Assert.Equal(409, await ChangeAsync(HttpMethod.Put, "window", new { startsAt = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds() }));
        Assert.Equal(200, await ChangeAsync(HttpMethod.Put, "amount", new { amount = 30 }));
        Assert.Equal(200, (await StopAsync("stop")).Status);
        await Eventually.HoldsAsync("each process knows of the stop", "1", AllAsync, seen => seen.Sum("seckill_stops", "scope", "coupon") == 4, _limit);
        Assert.Equal(200, (await StopAsync("start")).Status);
        Assert.Equal(200, await ChangeAsync(HttpMethod.Put, "window", new { endsAt = "now" }));
        await ClaimedAsync("ended");
        await Eventually.HoldsAsync("the claim is exported", "a row and an end", () => ExportAsync("claims"), text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 2, _limit);

        var after = await Eventually.HoldsAsync(
            "the ledger knows that it has begun and ended", "both", AllAsync,
            seen => seen.Sum("seckill_sales_total", "edge", "started") > before.Sum("seckill_sales_total", "edge", "started"), _limit);
        Assert.Equal((1, 1), (More("seckill_sales_total", "edge", "started"), More("seckill_sales_total", "edge", "ended")));
        Assert.Equal((4, 1, 0), (More("seckill_changes_total", "result", "done"), More("seckill_changes_total", "result", "refused"), More("seckill_changes_total", "result", "undecided")));
        Assert.Equal((1, 1, 1, 2), (More("seckill_changes_total", "action", "pause"), More("seckill_changes_total", "action", "resume"), More("seckill_changes_total", "action", "amount"), More("seckill_changes_total", "action", "window")));
        Assert.Equal(0, after.Sum("seckill_stops"));
        Assert.InRange(More("seckill_exports_total", "result", "complete"), 1, int.MaxValue);
        Assert.Equal((0, 0), (More("seckill_exports_total", "result", "aborted"), More("seckill_exports_total", "result", "failed")));
        Assert.Equal(1, More("seckill_export_rows_total"));

        int More(string name, string? label = null, string? value = null) => (int)(after.Sum(name, label, value) - before.Sum(name, label, value));

        Task<Scrape> AllAsync() => Scrape.OfAllAsync(watched.Cluster.Gateways.Concat(watched.Cluster.Silos.Select(silo => silo.Address)));

        Task ClaimedAsync(string outcome) => Eventually.HoldsAsync(
            "a claim", outcome, () => api.ClaimAsync(tokens.Mint(Names.Fresh("c"), Tokens.Customer), seller, "c"), answer => answer.ClaimResult == outcome, _limit);

        async Task<int> ChangeAsync(HttpMethod method, string route, object? body = null) =>
            (await api.SendAsync(method, $"{ApiClient.CouponOf(seller, "c")}/{route}", token, body is null ? null : JsonContent.Create(body))).Status;

        Task<Answer> StopAsync(string action) =>
            api.SendAsync(HttpMethod.Post, $"/api/admin/{action}?scope=coupon&seller={seller}&coupon=c", $"Bearer {WatchedSale.AdminKey}");

        async Task<string> ExportAsync(string feed) => (await api.SendAsync(
            HttpMethod.Get, $"{ApiClient.CouponOf(seller, "c")}/{feed}", token, adjust: request => request.Headers.Accept.ParseAdd("application/x-ndjson"))).Body;
    }

    private Task DepthAsync(string phase, int depth) =>
        Eventually.EqualAsync(phase, depth, async () => (int)(await SilosAsync()).Sum("seckill_queue_depth"), _limit);

    private Task<Scrape> SilosAsync() => Scrape.OfAllAsync(watched.Cluster.Silos.Where(silo => silo.IsRunning).Select(silo => silo.Address));
}
