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
        for (var i = 0; i < LimitedGateway.CouponBurst; i++)
            Expect.Created(await CreateAsync(fast, $"c{i}"));

        var refusal = Expect.Refused(await CreateAsync(fast, "one too many"), 429);
        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        Expect.Created(await CreateAsync(other, "c"));
        // What is refused for another reason is not counted.
        Expect.Refused(await Api.CreateAsync(Tokens.Mint(fast, Tokens.Seller), fast, "c", 0), 400);

        await Eventually.HoldsAsync("it is let in again", "201", () => CreateAsync(fast, "later"), answer => answer.Status == 201, _soon);
        Assert.Equal(LimitedGateway.CouponBurst + 1, (await Api.ListAsync(Tokens.Mint(fast, Tokens.Seller), fast)).Coupons.Count);
    }

    [Fact]
    public async Task A_seller_over_its_limit_of_changes_is_told_when_to_come_again_and_others_change_on()
    {
        var (fast, other) = (Names.Fresh("seller"), Names.Fresh("seller"));
        Expect.Created(await CreateAsync(fast, "c"));
        Expect.Created(await CreateAsync(other, "c"));
        for (var i = 0; i < LimitedGateway.ChangeBurst; i++)
            Assert.Equal(200, (await ChangeAsync(fast, i % 2 == 0 ? "pause" : "resume")).Status);

        var refusal = Expect.Refused(await ChangeAsync(fast, "pause"), 429);

        Assert.InRange(refusal.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 3);
        Assert.Equal(200, (await ChangeAsync(other, "pause")).Status);
        await Eventually.HoldsAsync("it is let in again", "200", () => ChangeAsync(fast, "pause"), answer => answer.Status == 200, _soon);

        Task<Answer> ChangeAsync(string seller, string action) =>
            Api.SendAsync(HttpMethod.Post, $"{ApiClient.CouponOf(seller, "c")}/{action}", Tokens.Mint(seller, Tokens.Seller));
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
