namespace SecKill.Tests.Integration.Audit;

/// <summary>Operators stop a coupon, or all of a seller's, at every gateway.</summary>
public sealed class StopsTests(SharedDeployments shared)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private const string Key = $"Bearer {SharedDeployments.AdminKey}";

    [Fact]
    public async Task A_stopped_coupon_is_won_at_no_gateway_until_its_own_stop_is_lifted()
    {
        var sale = await SaleAsync();
        Expect.Claimed(await sale.ClaimAsync(0, "owner"));

        await sale.SetAsync("stop", $"scope=coupon&seller={sale.Seller}&coupon=a");
        await sale.SetAsync("stop", $"scope=seller&seller={sale.Seller}");

        for (var gateway = 0; gateway < sale.Gateways.Length; gateway++)
        {
            Assert.NotNull(Expect.NotClaimed(await sale.ClaimAsync(gateway, "loser"), "paused").Headers.RetryAfter);
            Expect.NotClaimed(await sale.ClaimAsync(gateway, "owner"), "already-claimed");
            Expect.NotClaimed(await sale.ClaimAsync(gateway, "loser", "b"), "paused");
        }
        var lifted = await sale.SetAsync("start", $"scope=seller&seller={sale.Seller}");
        Assert.Contains($$"""{"scope":"coupon","seller":"{{sale.Seller}}","coupon":"a"}""", lifted.Body, StringComparison.Ordinal);
        for (var gateway = 0; gateway < sale.Gateways.Length; gateway++)
        {
            Expect.NotClaimed(await sale.ClaimAsync(gateway, "loser"), "paused");
            Expect.Claimed(await sale.ClaimAsync(gateway, $"winner{gateway}", "b"));
        }
        await sale.SetAsync("start", $"scope=coupon&seller={sale.Seller}&coupon=a");
        Expect.Claimed(await sale.ClaimAsync(sale.Gateways.Length - 1, "winner"));
    }

    [Fact]
    public async Task A_stop_and_the_sellers_pause_are_lifted_each_by_itself()
    {
        var sale = await SaleAsync();
        await sale.SetAsync("stop", $"scope=coupon&seller={sale.Seller}&coupon=a");
        var pause = $"{ApiClient.CouponOf(sale.Seller, "a")}/pause";
        Check.Equal(200, (await sale.Gateways[0].SendAsync(HttpMethod.Post, pause, sale.SellersToken)).Status, "the pause");

        await sale.SetAsync("start", $"scope=coupon&seller={sale.Seller}&coupon=a");

        Expect.NotClaimed(await sale.ClaimAsync(0, "loser"), "paused");
    }

    [Fact]
    public async Task A_stopped_coupon_is_seen_as_paused_wherever_it_is_seen()
    {
        var sale = await SaleAsync();
        await sale.SetAsync("stop", $"scope=coupon&seller={sale.Seller}&coupon=a");

        for (var gateway = 0; gateway < sale.Gateways.Length; gateway++)
        {
            await sale.SeenAsync(gateway, "a", "paused", live: "paused");
            await sale.SeenAsync(gateway, "b", "open", live: null);
        }
        await sale.SetAsync("start", $"scope=coupon&seller={sale.Seller}&coupon=a");
        await sale.SeenAsync(0, "a", "open", live: null);
    }

    [Fact]
    public async Task A_stop_may_be_sent_again_and_one_that_is_none_is_refused()
    {
        var sale = await SaleAsync();
        foreach (var action in (string[])["stop", "stop", "start", "start"])
            await sale.SetAsync(action, $"scope=coupon&seller={sale.Seller}&coupon=b");

        foreach (var query in (string[])["", "scope=some", "scope=coupon", $"scope=coupon&seller={sale.Seller}", "scope=seller", "scope=all&seller=x", $"scope=seller&seller={sale.Seller}&coupon=b", "scope=all&scope=all"])
            Expect.Refused(await sale.SendAsync("stop", query), 400);
        foreach (var query in (string[])[$"scope=coupon&seller={sale.Seller}&coupon=c", $"scope=seller&seller={sale.Seller}x"])
            Expect.Refused(await sale.SendAsync("stop", query), 404);
        Expect.Refused(await sale.Gateways[0].SendAsync(HttpMethod.Post, "/api/admin/stop?scope=all", sale.SellersToken), 401);
        Expect.Claimed(await sale.ClaimAsync(0, "winner", "b"));
    }

    private async Task<StoppableSale> SaleAsync()
    {
        var cluster = await shared.ClusterAsync();
        var tokens = new Tokens(cluster.SigningKey);
        var sale = new StoppableSale([.. cluster.Gateways.Select(gateway => new ApiClient(gateway))], tokens, Names.Fresh("seller"));
        Expect.Created(await sale.Gateways[0].RegisterAsync(sale.Seller, "password", Tokens.Seller));
        foreach (var coupon in (string[])["a", "b"])
            Expect.Created(await sale.Gateways[0].CreateAsync(sale.SellersToken, sale.Seller, coupon, 10));
        return sale;
    }

    private sealed record StoppableSale(ApiClient[] Gateways, Tokens Tokens, string Seller)
    {
        public string SellersToken => Tokens.Mint(Seller, Tokens.Seller);

        public Task<Answer> ClaimAsync(int gateway, string customer, string coupon = "a") =>
            Gateways[gateway].ClaimAsync(Tokens.Mint($"{customer}{Seller[^6..]}", Tokens.Customer), Seller, coupon);

        /// <summary>By reading it, by a search, and live: there a plain coupon has no state of its own.</summary>
        public async Task SeenAsync(int gateway, string coupon, string state, string? live)
        {
            var read = await Gateways[gateway].SendAsync(HttpMethod.Get, ApiClient.CouponOf(Seller, coupon), SellersToken);
            Assert.Equal(state, State(read.Json?.GetProperty("data")));
            var found = await Gateways[gateway].SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(Seller)}?q={coupon}&state={state}", SellersToken);
            Assert.Equal(state, State(Assert.Single(found.Json!.Value.GetProperty("data").EnumerateArray())));
            // A snapshot of a moment ago serves all who come.
            await Eventually.HoldsAsync(
                "the live sale", $"{live}",
                () => Gateways[gateway].SendAsync(HttpMethod.Get, $"/api/live/{Seller}/{coupon}", adjust: request => request.Headers.Accept.ParseAdd("application/json")),
                sale => sale.Status == 200 && State(sale.Json) == live, _limit);
        }

        private static string? State(JsonElement? coupon) => coupon?.TryGetProperty("state", out var state) == true ? state.GetString() : null;

        public Task<Answer> SendAsync(string action, string query) => Gateways[0].SendAsync(HttpMethod.Post, $"/api/admin/{action}?{query}", Key);

        public async Task<Answer> SetAsync(string action, string query)
        {
            var answer = await SendAsync(action, query);
            Check.That(answer is { Status: 200, ErrMsg: "" }, $"expected the stops: {answer}");
            return answer;
        }
    }
}
