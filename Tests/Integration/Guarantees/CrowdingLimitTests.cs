using SecKill.Tests.Integration.Live;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Limits on a seller's creations and an address's live streams. Others are not affected.</summary>
[Collection(LimitedGateway.Name)]
public sealed class CrowdingLimitTests(LimitedGateway limited)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    private Uri Gateway => limited.Deployment.Gateways[0];

    private ApiClient Api => new(Gateway);

    private Tokens Tokens => new(limited.Deployment.SigningKey);

    [Fact]
    public async Task A_seller_over_its_limit_of_coupons_is_told_when_to_come_again_and_others_create_on()
    {
        var (fast, other) = (Names.Fresh("seller"), Names.Fresh("seller"));

        var (taken, refusal) = await UntilRefusedAsync(LimitedGateway.CouponBurst, i => CreateAsync(fast, $"c{i}"), 201);

        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        Expect.Created(await CreateAsync(other, "c"));
        // What is refused for another reason is not counted.
        Expect.Refused(await Api.CreateAsync(Tokens.Mint(fast, Tokens.Seller), fast, "c", 0), 400);

        await Eventually.HoldsAsync("it is let in again", "201", () => CreateAsync(fast, "later"), answer => answer.Status == 201, _soon);
        Assert.Equal(taken + 1, (await Api.ListAsync(Tokens.Mint(fast, Tokens.Seller), fast)).Coupons.Count);
    }

    [Fact]
    public async Task A_seller_over_its_limit_of_changes_is_told_when_to_come_again_and_others_change_on()
    {
        var (fast, other) = (Names.Fresh("seller"), Names.Fresh("seller"));
        Expect.Created(await CreateAsync(fast, "c"));
        Expect.Created(await CreateAsync(other, "c"));

        var (_, refusal) = await UntilRefusedAsync(LimitedGateway.ChangeBurst, i => ChangeAsync(fast, i % 2 == 0 ? "pause" : "resume"), 200);

        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        Assert.Equal(200, (await ChangeAsync(other, "pause")).Status);
        await Eventually.HoldsAsync("it is let in again", "200", () => ChangeAsync(fast, "pause"), answer => answer.Status == 200, _soon);

        Task<Answer> ChangeAsync(string seller, string action) =>
            Api.SendAsync(HttpMethod.Post, $"{ApiClient.CouponOf(seller, "c")}/{action}", Tokens.Mint(seller, Tokens.Seller));
    }

    [Fact]
    public async Task A_customer_who_joins_and_leaves_without_end_is_told_when_to_come_again_and_others_join_on()
    {
        var (seller, fast, other) = (Names.Fresh("seller"), Names.Fresh("customer"), Names.Fresh("customer"));
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller), new { name = "c", amount = 1, stock = 1, waitlist = 10 }, Tokens.Mint(seller, Tokens.Seller)));
        Expect.Claimed(await Api.ClaimAsync(Tokens.Mint(Names.Fresh("owner"), Tokens.Customer), seller, "c"));

        var (_, refusal) = await UntilRefusedAsync(LimitedGateway.ChangeBurst, i => AskAsync(i % 2 == 0 ? HttpMethod.Put : HttpMethod.Delete, fast), 200, 201);

        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        Assert.Equal(201, (await AskAsync(HttpMethod.Put, other)).Status);
        await Eventually.HoldsAsync("the customer is let in again", "200 or 201", () => AskAsync(HttpMethod.Put, fast), answer => answer.Status is 200 or 201, _soon);

        Task<Answer> AskAsync(HttpMethod method, string customer) =>
            Api.SendAsync(method, $"{ApiClient.CouponOf(seller, "c")}/waiting/{customer}", Tokens.Mint(customer, Tokens.Customer));
    }

    [Fact]
    public async Task A_seller_whose_tills_try_too_many_wrong_codes_is_told_when_to_come_again_and_right_ones_are_not_counted()
    {
        var (guessing, other, customer) = (Names.Fresh("seller"), Names.Fresh("seller"), Names.Fresh("customer"));
        foreach (var seller in new[] { guessing, other })
        {
            Expect.Created(await CreateAsync(seller, "c"));
            Expect.Claimed(await Api.ClaimAsync(Tokens.Mint(customer, Tokens.Customer), seller, "c"));
        }
        var (code, othersCode) = (await CodeAsync(guessing), await CodeAsync(other));
        for (var i = 0; i < 2 * LimitedGateway.WrongCodeBurst; i++)
            Assert.Equal(i == 0 ? 200 : 409, (await RedeemAsync(guessing, code)).Status);
        foreach (var tried in new[] { othersCode, "nonsense" })
            Expect.Is(await RedeemAsync(guessing, tried), 404, "No such code.");
        // Beyond what is left, which must be made up for: a second each.
        var batch = Enumerable.Repeat(new { code = "wrong", device = "a", key = "k" }, LimitedGateway.WrongCodeBurst * 3 / 2).ToArray();
        Assert.Equal(200, (await Api.PostAsync($"{PathOf(guessing)}/batch", batch, Tokens.Mint(guessing, Tokens.Seller))).Status);

        // A right code too: a guess tells nothing.
        var refusal = Expect.Refused(await RedeemAsync(guessing, code), 429);
        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 8);
        Assert.Equal(200, (await RedeemAsync(other, othersCode)).Status);
        await Eventually.HoldsAsync("it is let in again", "409", () => RedeemAsync(guessing, code), answer => answer.Status == 409, _soon);

        static string PathOf(string seller) => $"{ApiClient.Users}/{seller}/redemptions";

        Task<Answer> RedeemAsync(string seller, string tried) => Api.PostAsync(PathOf(seller), new { code = tried, device = "till" }, Tokens.Mint(seller, Tokens.Seller));

        async Task<string> CodeAsync(string seller) => (await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "c")}/claims/{customer}/receipt", Tokens.Mint(customer, Tokens.Customer)))
            .Json!.Value.GetProperty("data").GetProperty("code").GetString()!;
    }

    [Fact]
    public async Task A_batch_that_costs_more_than_may_be_asked_for_at_once_is_taken_and_no_second_one_at_once()
    {
        var (seller, customer) = (Names.Fresh("seller"), Names.Fresh("customer"));
        Expect.Created(await CreateAsync(seller, "c"));
        Expect.Claimed(await Api.ClaimAsync(Tokens.Mint(customer, Tokens.Customer), seller, "c"));
        var receipt = await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "c")}/claims/{customer}/receipt", Tokens.Mint(customer, Tokens.Customer));
        var code = receipt.Json!.Value.GetProperty("data").GetProperty("code").GetString()!;
        var batch = Enumerable.Range(0, 500).Select(i => new { code, device = "till", key = $"{seller}-{i}" }).ToArray();

        Assert.Equal(200, (await SendAsync()).Status);

        Expect.Refused(await SendAsync(), 429);

        Task<Answer> SendAsync() => Api.PostAsync($"{ApiClient.Users}/{seller}/redemptions/batch", batch, Tokens.Mint(seller, Tokens.Seller));
    }

    [Fact]
    public async Task An_address_that_asks_for_many_sales_in_turn_keeps_none_open_for_long_and_nobody_else_from_watching()
    {
        using var greedy = Loopback.From("127.0.0.21");
        var sales = await SalesAsync(2 * LimitedGateway.SalesPerAddress);
        foreach (var sale in sales.Take(LimitedGateway.SalesPerAddress))
            Assert.Equal(200, (await OnceAsync(greedy, sale)).Status);

        var refusal = Expect.Refused(await OnceAsync(greedy, sales[^1]), 429);
        Assert.NotNull(refusal.Headers.RetryAfter);
        // What is open already, and the board, cost nothing more.
        Assert.Equal(200, (await OnceAsync(greedy, sales[0])).Status);
        Assert.Equal(200, (await OnceAsync(greedy, "/api/live")).Status);
        Assert.Equal(200, (await OnceAsync(Loopback.Http, sales[^1])).Status);

        await Eventually.HoldsAsync("its places are free some seconds later", "200", () => OnceAsync(greedy, sales[^2]), answer => answer.Status == 200, _soon);
    }

    [Fact]
    public async Task An_address_has_so_many_streams_and_another_one_its_own()
    {
        using var greedy = Loopback.From("127.0.0.22");
        var sale = (await SalesAsync(1))[0];
        var streams = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < LimitedGateway.WatchersPerAddress; i++)
                streams.Add(await greedy.GetAsync(new Uri(Gateway, sale), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
            Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));

            Expect.Refused(await new ApiClient(Gateway, greedy).SendAsync(HttpMethod.Get, sale), 429);
            await using var other = await LiveStream.OpenAsync(Gateway, sale);
            await other.ReadUntilAsync("It is read", _ => true);
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
        await Eventually.HoldsAsync("its places are free again", "200", () => OnceAsync(greedy, sale), answer => answer.Status == 200, _soon);
    }

    /// <summary>Asks again and again until it is too much, which takes more than the burst where a token came back meanwhile.</summary>
    /// <returns>How many were taken, and the refusal.</returns>
    private static async Task<(int Taken, Answer Refusal)> UntilRefusedAsync(int burst, Func<int, Task<Answer>> ask, params int[] taken)
    {
        for (var i = 0; i < 10 * burst; i++)
        {
            var answer = await ask(i);
            if (i >= burst && answer.Status == 429)
                return (i, answer);
            Assert.True(taken.Contains(answer.Status), $"{answer}");
        }
        throw new CheckException("Ten times the burst was taken.");
    }

    private Task<Answer> CreateAsync(string seller, string name) => Api.CreateAsync(Tokens.Mint(seller, Tokens.Seller), seller, name, 1);

    private async Task<string[]> SalesAsync(int count)
    {
        var seller = Names.Fresh("seller");
        for (var i = 0; i < count; i++)
            Expect.Created(await CreateAsync(seller, $"c{i}"));
        return [.. Enumerable.Range(0, count).Select(i => LiveStream.PathOf(seller, $"c{i}"))];
    }

    private Task<Answer> OnceAsync(HttpClient http, string path) =>
        new ApiClient(Gateway, http).SendAsync(HttpMethod.Get, path, adjust: request => request.Headers.Add("Accept", "application/json"));
}
