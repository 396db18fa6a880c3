using System.Collections.Concurrent;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>Tills redeem while parts of the service die: each unit once, and what was answered stands.</summary>
[Collection(ClusterDrills.OfStores)]
public sealed class RedemptionDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    private const int Units = 120;

    private static readonly TimeSpan _decided = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Who_waits_for_a_receipt_until_the_claim_is_recorded_keeps_nobody_from_reading()
    {
        var tokens = new Tokens(Cluster.SigningKey);
        var (api, seller) = (new ApiClient(Cluster.Gateways[0]), Names.Fresh("seller"));
        var token = tokens.Mint(seller, Tokens.Seller);
        // More than a gateway reads of the ledger at a time.
        var customers = Enumerable.Range(0, 24).Select(_ => Names.Fresh("c")).ToArray();
        Expect.Created(await api.CreateAsync(token, seller, "c", customers.Length));
        Task<Answer>[] receipts;
        // It can be read, and the relay cannot write.
        await Cluster.MySqlServer.SetReadOnlyAsync(true);
        try
        {
            foreach (var answer in await Task.WhenAll(customers.Select(customer => api.ClaimAsync(tokens.Mint(customer, Tokens.Customer), seller, "c"))))
                Expect.Claimed(answer);
            receipts = [.. customers.Select(ReceiptAsync)];

            var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "c")}/report", token)));

            Assert.All(reports, report => Assert.True(report.Status == 200, $"{report}"));
            Assert.DoesNotContain(receipts, receipt => receipt.IsCompleted);
        }
        finally
        {
            await Cluster.MySqlServer.SetReadOnlyAsync(false);
        }
        await Task.WhenAll(receipts);
        foreach (var customer in customers)
            await Eventually.HoldsAsync("the receipt is given", "200", () => ReceiptAsync(customer), answer => answer.Status == 200, _decided);

        Task<Answer> ReceiptAsync(string customer) => api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "c")}/claims/{customer}/receipt", tokens.Mint(customer, Tokens.Customer));
    }

    [Fact]
    public async Task Each_unit_is_redeemed_once_though_silo_and_mysql_are_killed_between()
    {
        var tokens = new Tokens(Cluster.SigningKey);
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        var token = tokens.Mint(seller, Tokens.Seller);
        var gateways = Cluster.Gateways.Select(gateway => new ApiClient(gateway)).ToArray();
        Expect.Created(await gateways[0].CreateAsync(token, seller, coupon, Units));
        var codes = await Task.WhenAll(Enumerable.Range(0, Units).Select(i => CodeAsync($"{Names.Fresh("c")}")));

        var (answered, wins) = (0, new ConcurrentDictionary<string, ConcurrentBag<string>>());
        var tills = Task.WhenAll(Enumerable.Range(0, 4).Select(till => Task.Run(async () =>
        {
            foreach (var code in till % 2 == 0 ? codes : codes.Reverse())
                await RedeemAsync(code, $"till {till}", gateways[till % gateways.Length]);
        }, TestContext.Current.CancellationToken)));
        await Eventually.HoldsAsync("some are redeemed", "40", () => Task.FromResult(Volatile.Read(ref answered)), count => count >= 40, _decided);
        await Cluster.Silos[0].KillAsync();
        await Eventually.HoldsAsync("more are redeemed", "140", () => Task.FromResult(Volatile.Read(ref answered)), count => count >= 140, _decided);
        await Cluster.MySqlServer.KillAsync();
        await Cluster.MySqlServer.StartAsync();
        await tills;

        Assert.Equal(codes.Order(), wins.Keys.Order());
        Assert.All(wins.Values, devices => Assert.Single(devices));
        await using var ledger = await Cluster.OpenLedgerAsync();
        await using var command = ledger.CreateCommand();
        command.CommandText = $"SELECT codes.code, claims.redeemed_device FROM codes JOIN claims ON claims.coupon_id = codes.coupon_id AND claims.username = codes.username " +
            $"JOIN coupons ON coupons.id = codes.coupon_id WHERE coupons.seller = '{seller}'";
        var recorded = new Dictionary<string, string>();
        await using (var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                recorded.Add(reader.GetString(0), reader.GetString(1));
        }
        Assert.Equal(wins.ToDictionary(won => won.Key, won => won.Value.Single()), recorded);
        var events = await DataAsync("events");
        Assert.Equal(Units, events.EnumerateArray().Count(item => item.GetProperty("kind").GetString() == "redeemed"));
        Assert.Equal(events.EnumerateArray().Select(item => item.GetProperty("no").GetInt64()).Distinct().Count(), events.GetArrayLength());
        Assert.Equal(Units, (await DataAsync("report")).GetProperty("redeemed").GetInt32());

        async Task<string> CodeAsync(string customer)
        {
            var owner = tokens.Mint(customer, Tokens.Customer);
            Expect.Claimed(await gateways[0].ClaimAsync(owner, seller, coupon));
            var receipt = await Eventually.HoldsAsync("the receipt is given", "200",
                () => gateways[^1].SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, coupon)}/claims/{customer}/receipt", owner), answer => answer.Status == 200, _decided);
            return receipt.Json!.Value.GetProperty("data").GetProperty("code").GetString()!;
        }

        // As a till does: the same key until it is decided.
        async Task RedeemAsync(string code, string device, ApiClient gateway)
        {
            var key = Names.Fresh("key");
            var answer = await Eventually.HoldsAsync("the redemption is decided", "200 or 409", () => gateway.SendAsync(
                HttpMethod.Post, $"{ApiClient.Users}/{seller}/redemptions", token, new StringContent($$"""{"code":"{{code}}","device":"{{device}}"}"""),
                request => request.Headers.Add("Idempotency-Key", key)), answer => answer.Status is 200 or 409, _decided);
            if (answer.Status == 200)
                wins.GetOrAdd(code, _ => []).Add(device);
            Interlocked.Increment(ref answered);
        }

        async Task<System.Text.Json.JsonElement> DataAsync(string path) =>
            (await Eventually.HoldsAsync(path, "200", () => gateways[0].SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, coupon)}/{path}", token), answer => answer.Status == 200, _decided))
                .Json!.Value.GetProperty("data");
    }
}
