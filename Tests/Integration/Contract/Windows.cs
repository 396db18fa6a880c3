namespace SecKill.Tests.Integration.Contract;

/// <summary>A sale with a beginning and an end.</summary>
public abstract class Windows(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Fact]
    public async Task Before_the_start_a_claim_is_told_when_it_begins_and_the_coupon_can_be_read()
    {
        var seller = await NewSellerAsync();
        var starts = Now + 90_000;
        var coupon = await NewSaleAsync(seller, 3, startsAt: starts, endsAt: starts + 60_000);

        foreach (var gateway in Gateways)
        {
            var answer = Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "not-started");
            var startsIn = long.Parse(Assert.Single(answer.Headers.GetValues("Claim-Starts-In")), CultureInfo.InvariantCulture);
            Assert.InRange(startsIn, 1, starts - Now + 1_000);
            Assert.Equal((startsIn + 999) / 1_000, (long)answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds);

            // The header counts from before the claim was sent, so what is read next may be some milliseconds more.
            var sent = Now;
            var data = await ReadAsync(gateway, seller, coupon);
            Assert.Equal(
                ["amount", "description", "endsAt", "endsIn", "left", "name", "startsAt", "startsIn", "state", "stock", "version"],
                data.EnumerateObject().Select(member => member.Name).Order());
            Assert.Equal(("scheduled", starts, starts + 60_000), (Text(data, "state"), Number(data, "startsAt"), Number(data, "endsAt")));
            Assert.InRange(Number(data, "startsIn"), 1, starts - sent + 1);
            Assert.Equal(60_000, Number(data, "endsIn") - Number(data, "startsIn"), tolerance: 1.0);
        }
        Assert.Equal(3, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task The_sale_begins_at_the_millisecond_at_every_gateway_and_under_a_lease()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewSaleAsync(seller, 1_000, startsAt: Now + 3_600_000);
        var starts = await MoveAsync(seller, coupon, "startsAt");

        var told = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AskUntilAsync(Gateways[i % Gateways.Count], seller, coupon, starts)));

        foreach (var (sent, heard, answer) in told.SelectMany(answers => answers))
        {
            if (sent > starts)
                Expect.Claimed(answer);
            else if (heard < starts)
                Expect.NotClaimed(answer, "not-started");
        }
        Assert.All(told, answers => Assert.Contains(answers, one => one.Answer.Status == 201));
        Assert.All(told, answers => Assert.Contains(answers, one => one.Answer.Status == 204));
        Assert.Equal("open", Text(await ReadAsync(Other, seller, coupon), "state"));
    }

    [Fact]
    public async Task The_sale_ends_at_the_millisecond_and_owners_are_told_so_ever_after()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewSaleAsync(seller, 100_000, endsAt: Now + 3_600_000);
        var owner = NewCustomer();
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        var ends = await MoveAsync(seller, coupon, "endsAt");

        var told = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AskUntilAsync(Gateways[i % Gateways.Count], seller, coupon, ends)));

        foreach (var (sent, heard, answer) in told.SelectMany(answers => answers))
        {
            if (sent > ends)
                Expect.NotClaimed(answer, "ended");
            else if (heard < ends)
                Expect.Claimed(answer);
        }
        Assert.All(told, answers => Assert.Contains(answers, one => one.Answer.ClaimResult == "ended"));
        foreach (var gateway in Gateways)
            Expect.NotClaimed(await gateway.ClaimAsync(owner.Token, seller.Name, coupon), "already-claimed");
        var data = await ReadAsync(Other, seller, coupon);
        Assert.Equal(("ended", false), (Text(data, "state"), data.TryGetProperty("endsIn", out _)));
    }

    [Fact]
    public async Task A_coupon_without_a_window_reads_as_open_and_then_as_sold_out()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);

        var data = await ReadAsync(Api, seller, coupon);
        Assert.Equal(["amount", "description", "left", "name", "state", "stock", "version"], data.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal(("open", 0L), (Text(data, "state"), Number(data, "version")));

        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        data = await ReadAsync(Other, seller, coupon);
        Assert.Equal(("soldOut", 0L), (Text(data, "state"), Number(data, "left")));
    }

    [Fact]
    public async Task A_coupon_is_read_by_any_user_with_its_version_as_entity_tag()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewSaleAsync(seller, 2, endsAt: Now + 60_000);
        foreach (var token in new[] { seller.Token, NewCustomer().Token })
        {
            var answer = await Other.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, coupon), token);
            Assert.Equal((200, "\"1\"", true), (answer.Status, answer.Headers.ETag?.Tag, answer.Headers.CacheControl?.NoStore));
            Expect.WithFields(answer, "data", "errMsg");
            var head = await Other.SendAsync(HttpMethod.Head, ApiClient.CouponOf(seller.Name, coupon), token);
            Assert.Equal((200, "", "\"1\""), (head.Status, head.Body, head.Headers.ETag?.Tag));
        }
        Expect.Refused(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, coupon)), 401);
        Expect.Is(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, "no-such"), seller.Token), 404, "No such coupon.");
        Expect.Is(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, new string('x', 200)), seller.Token), 404, "No such coupon.");
    }

    [Theory]
    [InlineData("""{"startsAt": 1.5}""", "startsAt must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"startsAt": -1}""", "startsAt must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"endsAt": 1e15}""", "endsAt must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"endsAt": "tomorrow"}""", "Only receive JSON format.")]
    [InlineData("""{"startsAt": 4000000000000, "endsAt": 4000000000000}""", "startsAt must be before endsAt.")]
    [InlineData("""{"startsAt": 1000, "endsAt": 2000}""", "endsAt must be in the future.")]
    public async Task A_window_that_cannot_be_is_refused_and_nothing_is_created(string window, string errMsg)
    {
        var seller = await NewSellerAsync();
        var body = window.Replace("{", """{"name": "c", "amount": 1, "stock": 1, """, StringComparison.Ordinal);

        Expect.Is(await Api.PostTextAsync(ApiClient.CouponsOf(seller.Name), body, seller.Token), 400, errMsg);

        Expect.Empty(await Other.ListAsync(seller.Token, seller.Name));
    }

    [Fact]
    public async Task Edges_that_are_null_are_none_and_a_start_that_is_past_is_at_once()
    {
        var seller = await NewSellerAsync();
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name = "none", amount = 1, stock = 1, startsAt = (long?)null, endsAt = (long?)null }, seller.Token));
        var begun = await NewSaleAsync(seller, 1, startsAt: 1_000);

        Assert.Equal(0, Number(await ReadAsync(Api, seller, "none"), "version"));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, begun));
    }

    /// <summary>Fresh customers claim one after the other, until one has asked after the edge, and for a moment more.</summary>
    private async Task<List<(long Sent, long Heard, Answer Answer)>> AskUntilAsync(ApiClient gateway, Account seller, string coupon, long edge)
    {
        var answers = new List<(long Sent, long Heard, Answer Answer)>();
        var (until, limit) = (Math.Max(edge, Now) + 300, Now + (long)_limit.TotalMilliseconds);
        while ((Now < until || !answers.Exists(one => one.Sent > edge)) && Now < limit)
        {
            var sent = Now;
            var answer = await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon);
            if (answer.Status != 503)
                answers.Add((sent, Now, answer));
        }
        return answers;
    }

    private async Task<string> NewSaleAsync(Account seller, int amount, long? startsAt = null, long? endsAt = null)
    {
        var name = Names.Fresh("sale");
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount, stock = 5, description = "", startsAt, endsAt }, seller.Token));
        return name;
    }

    /// <summary>Moves an edge to what is near, and yet not past on a slow machine.</summary>
    private async Task<long> MoveAsync(Account seller, string coupon, string edge)
    {
        var at = Now + 3_000;
        using var body = new StringContent($$"""{"{{edge}}":{{at}}}""", Encoding.UTF8, "application/json");
        Assert.Equal(200, (await Api.SendAsync(HttpMethod.Put, $"{ApiClient.CouponOf(seller.Name, coupon)}/window", seller.Token, body)).Status);
        return at;
    }

    private async Task<JsonElement> ReadAsync(ApiClient gateway, Account seller, string coupon)
    {
        var answer = await gateway.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, coupon), NewCustomer().Token);
        Assert.Equal((200, ""), (answer.Status, answer.ErrMsg));
        return answer.Json!.Value.GetProperty("data");
    }

    private static string? Text(JsonElement data, string field) => data.GetProperty(field).GetString();

    private static long Number(JsonElement data, string field) => data.GetProperty(field).GetInt64();
}

public sealed class WindowsEmbedded(SharedDeployments shared) : Windows(shared.EmbeddedAsync);

public sealed class WindowsCluster(SharedDeployments shared) : Windows(shared.ClusterAsync);
