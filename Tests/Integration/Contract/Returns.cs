namespace SecKill.Tests.Integration.Contract;

/// <summary>An owner gives a unit back: it is for sale again, and its earlier owner never gets another.</summary>
public abstract class Returns(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(20);

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Fact]
    public async Task A_returned_unit_is_sold_again_and_its_earlier_owner_is_told_so_at_every_gateway()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewReturnableAsync(seller, 1);
        var (first, second) = (NewCustomer(), NewCustomer());
        Expect.Claimed(await ClaimAsync(first, seller, coupon));
        foreach (var gateway in Gateways)
            Expect.NotClaimed(await gateway.ClaimAsync(second.Token, seller.Name, coupon), "sold-out");

        Returned(await ReturnAsync(first, seller, coupon));

        await WinsSoonAsync(second, seller, coupon);
        foreach (var gateway in Gateways.Concat(Gateways))
        {
            Expect.NotClaimed(await gateway.ClaimAsync(first.Token, seller.Name, coupon), "returned");
            Expect.NotClaimed(await gateway.ClaimAsync(second.Token, seller.Name, coupon), "already-claimed");
            Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "sold-out");
            Returned(await ReturnAsync(first, seller, coupon, gateway));
            Expect.Listed(await gateway.ListAsync(first.Token, first.Name));
            Expect.Listed(await gateway.ListAsync(second.Token, second.Name), coupon);
        }
    }

    [Fact]
    public async Task A_return_is_safe_to_send_again_and_takes_one_unit_back()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewReturnableAsync(seller, 5);
        var owner = NewCustomer();
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ReturnAsync(owner, seller, coupon, Gateways[i % Gateways.Count]))))
            Returned(answer);

        Assert.Equal(4, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task Only_the_owner_returns_a_unit()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewReturnableAsync(seller, 5);
        var (owner, other) = (NewCustomer(), NewCustomer());
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));

        Expect.Is(await DeleteAsync(other.Token, seller, coupon, owner.Name), 403, "Customers return their own units only.");
        Expect.Is(await DeleteAsync(seller.Token, seller, coupon, owner.Name), 403, "Customers return their own units only.");
        Expect.Is(await DeleteAsync(seller.Token, seller, coupon, seller.Name), 403, "Customers return their own units only.");
        Expect.Refused(await DeleteAsync(null, seller, coupon, owner.Name), 401);
        Expect.Is(await ReturnAsync(other, seller, coupon), 404, "No such claim.");
        Expect.Is(await ReturnAsync(owner, seller, Names.Fresh("coupon")), 404, "No such coupon.");
        Expect.NotClaimed(await ClaimAsync(owner, seller, coupon), "already-claimed");
        Assert.Equal(4, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task A_coupon_without_returns_takes_none_and_does_not_speak_of_them()
    {
        var seller = await NewSellerAsync();
        var owner = NewCustomer();
        string[] coupons = [await NewCouponAsync(seller, 5), await NewAsync(seller, new { name = Names.Fresh("coupon"), amount = 5, stock = 1, returns = "no", waitlist = 0 })];
        foreach (var coupon in coupons)
        {
            Expect.Claimed(await ClaimAsync(owner, seller, coupon));
            Refused(await ReturnAsync(owner, seller, coupon), "no-returns", "This coupon takes no returns.");
            var view = await ViewAsync(seller, coupon);
            Assert.False(view.TryGetProperty("returns", out _) || view.TryGetProperty("returnUntil", out _));
            Assert.Equal(0, view.GetProperty("version").GetInt32());
        }
    }

    [Fact]
    public async Task Units_are_returned_while_the_sale_is_paused_and_after_its_end_and_not_after_the_end_of_returns()
    {
        var seller = await NewSellerAsync();
        var until = Now + 3_600_000;
        var coupon = await NewAsync(seller, new { name = Names.Fresh("coupon"), amount = 5, stock = 1, returns = "once", returnUntil = until });
        var owners = Enumerable.Range(0, 3).Select(_ => NewCustomer()).ToArray();
        foreach (var owner in owners)
            Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        var view = await ViewAsync(seller, coupon);
        Assert.Equal(("once", until, 1), (view.GetProperty("returns").GetString(), view.GetProperty("returnUntil").GetInt64(), view.GetProperty("version").GetInt32()));

        await ChangeAsync(HttpMethod.Post, seller, coupon, "pause", "{}");
        Returned(await ReturnAsync(owners[0], seller, coupon));
        Expect.NotClaimed(await ClaimAsync(owners[0], seller, coupon), "returned");
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "paused");
        await ChangeAsync(HttpMethod.Put, seller, coupon, "window", """{"endsAt":"now"}""");
        Returned(await ReturnAsync(owners[1], seller, coupon));
        Expect.NotClaimed(await ClaimAsync(owners[1], seller, coupon), "returned");
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "ended");
        Assert.Equal((4, 3), ((await ViewAsync(seller, coupon)).GetProperty("left").GetInt32(), (await ViewAsync(seller, coupon)).GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Returns_end_and_a_repeat_after_that_is_told_as_before()
    {
        var seller = await NewSellerAsync();
        var until = Now + 2_500;
        var coupon = await NewAsync(seller, new { name = Names.Fresh("coupon"), amount = 5, stock = 1, returns = "once", returnUntil = until });
        var (early, late) = (NewCustomer(), NewCustomer());
        Expect.Claimed(await ClaimAsync(early, seller, coupon));
        Expect.Claimed(await ClaimAsync(late, seller, coupon));
        var answer = await ReturnAsync(early, seller, coupon);
        // On a slow machine it may be over by now.
        var isEarly = Now < until;
        if (isEarly)
            Returned(answer);

        await Eventually.EqualAsync("returns are over", true, () => Task.FromResult(Now > until + 50), _soon);

        Refused(await ReturnAsync(late, seller, coupon), "too-late", "This coupon takes no returns any more.");
        if (isEarly)
            Returned(await ReturnAsync(early, seller, coupon));
        Expect.NotClaimed(await ClaimAsync(late, seller, coupon), "already-claimed");
    }

    [Fact]
    public async Task Feed_events_report_and_live_snapshot_tell_of_a_return()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewReturnableAsync(seller, 3);
        var (first, second) = (NewCustomer(), NewCustomer());
        Expect.Claimed(await ClaimAsync(first, seller, coupon));
        Expect.Claimed(await ClaimAsync(second, seller, coupon));
        Returned(await ReturnAsync(first, seller, coupon));

        await Eventually.EqualAsync("the claims are recorded", 2, async () => (await ReadAsync(seller, coupon, "claims")).GetArrayLength(), _soon);
        var claims = (await ReadAsync(seller, coupon, "claims")).EnumerateArray().ToDictionary(row => row.GetProperty("customer").GetString()!);
        Assert.Equal(("returned", "claimed"), (Text(claims[first.Name], "state"), Text(claims[second.Name], "state")));
        Assert.True(Number(claims[first.Name], "changedAt") >= Number(claims[first.Name], "at"));
        var events = (await ReadAsync(seller, coupon, "events")).EnumerateArray().ToArray();
        Assert.Equal(["claimed", "returned"], events.Where(one => Text(one, "customer") == first.Name).Select(one => Text(one, "kind")));
        Assert.Equal(events.Select(one => Number(one, "no")).Order(), events.Select(one => Number(one, "no")));
        var report = await ReadAsync(seller, coupon, "report");
        Assert.Equal(
            (3L, 2L, 1L, 2L, 1L),
            (Number(report, "amount"), Number(report, "left"), Number(report, "owners"), Number(report, "claimed"), Number(report, "returned")));
        await Eventually.EqualAsync("the live snapshot tells of it", (1L, 2), LiveAsync, _soon);
        await Eventually.EqualAsync("the report is settled", true, async () => (await ReadAsync(seller, coupon, "report")).GetProperty("settled").GetBoolean(), _soon);

        async Task<(long Returned, int Left)> LiveAsync()
        {
            var answer = await Other.SendAsync(HttpMethod.Get, $"/api/live/{seller.Name}/{coupon}", adjust: request => request.Headers.Add("Accept", "application/json"));
            return (Number(answer.Json!.Value, "returned"), answer.Json.Value.GetProperty("left").GetInt32());
        }
    }

    [Theory]
    [InlineData("""{"returns":"twice"}""", "returns must be \"no\" or \"once\".")]
    [InlineData("""{"returns":""}""", "returns must be \"no\" or \"once\".")]
    [InlineData("""{"returnUntil":4000000000000}""", "returnUntil needs returns to be \"once\".")]
    [InlineData("""{"returns":"no","returnUntil":4000000000000}""", "returnUntil needs returns to be \"once\".")]
    [InlineData("""{"returns":"once","returnUntil":1.5}""", "returnUntil must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"returns":"once","returnUntil":-1}""", "returnUntil must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"returns":"once","returnUntil":1000}""", "returnUntil must be in the future.")]
    [InlineData("""{"returns":"once","returnUntil":4000000000000,"startsAt":4000000000000}""", "returnUntil must be after startsAt.")]
    [InlineData("""{"redeemUntil":4000000000000,"startsAt":4000000000000}""", "redeemUntil must be after startsAt.")]
    [InlineData("""{"waitlist":-1}""", "waitlist must be a whole number from 0 to 1000000.")]
    [InlineData("""{"waitlist":1000001}""", "waitlist must be a whole number from 0 to 1000000.")]
    [InlineData("""{"waitlist":0.5}""", "waitlist must be a whole number from 0 to 1000000.")]
    [InlineData("""{"redeemUntil":0.5}""", "redeemUntil must be a whole number of milliseconds since 1970.")]
    [InlineData("""{"redeemUntil":1000}""", "redeemUntil must be in the future.")]
    public async Task A_coupon_with_terms_that_make_no_sense_is_not_created(string terms, string errMsg)
    {
        var seller = await NewSellerAsync();
        var name = Names.Fresh("coupon");

        var answer = await Api.PostTextAsync(ApiClient.CouponsOf(seller.Name), $$"""{"name":"{{name}}","amount":5,"stock":1,{{terms[1..]}}""", seller.Token);

        Expect.Is(answer, 400, errMsg);
        Assert.Equal(404, (await Api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, name), seller.Token)).Status);
    }

    [Fact]
    public async Task A_creation_with_a_key_is_known_again_with_its_terms()
    {
        var (seller, name, key) = (await NewSellerAsync(), Names.Fresh("coupon"), Names.Fresh("key"));
        Expect.Created(await CreateAsync(new { name, amount = 5, stock = 1, returns = "once" }));
        Expect.Created(await CreateAsync(new { name, amount = 5, stock = 1, returns = "once" }));
        Expect.Refused(await CreateAsync(new { name, amount = 5, stock = 1, returns = "no" }), 422);
        Expect.Refused(await CreateAsync(new { name, amount = 5, stock = 1, returns = "once", returnUntil = Now + 60_000 }), 422);

        Task<Answer> CreateAsync(object body) => Api.SendAsync(
            HttpMethod.Post, ApiClient.CouponsOf(seller.Name), seller.Token, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            request => request.Headers.TryAddWithoutValidation("Idempotency-Key", key));
    }

    private Task<string> NewReturnableAsync(Account seller, int amount) => NewAsync(seller, new { name = Names.Fresh("coupon"), amount, stock = 1, returns = "once" });

    private async Task<string> NewAsync(Account seller, object body)
    {
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), body, seller.Token));
        return JsonSerializer.SerializeToElement(body).GetProperty("name").GetString()!;
    }

    private Task<Answer> ReturnAsync(Account customer, Account seller, string coupon, ApiClient? gateway = null) =>
        DeleteAsync(customer.Token, seller, coupon, customer.Name, gateway);

    private Task<Answer> DeleteAsync(string? token, Account seller, string coupon, string of, ApiClient? gateway = null) =>
        (gateway ?? Api).SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{Uri.EscapeDataString(of)}", token);

    private async Task ChangeAsync(HttpMethod method, Account seller, string coupon, string route, string body) => Check.Equal(
        200, (await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token, new StringContent(body, Encoding.UTF8, "application/json"))).Status, route);

    private async Task<JsonElement> ViewAsync(Account reader, string coupon) => Data(await Other.SendAsync(HttpMethod.Get, ApiClient.CouponOf(reader.Name, coupon), reader.Token));

    private async Task<JsonElement> ReadAsync(Account seller, string coupon, string route) =>
        Data(await Other.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token));

    /// <summary>Until units that came back are sold, some 100 ms pass.</summary>
    private Task WinsSoonAsync(Account customer, Account seller, string coupon) =>
        Eventually.EqualAsync("a claim wins", true, async () => (await ClaimAsync(customer, seller, coupon)).Status == 201, _soon);

    private static void Returned(Answer answer)
    {
        Expect.Is(answer, 200, "");
        Check.That(answer.Headers.TryGetValues("Return-Result", out var words) && words.Single() == "returned", $"expected returned: {answer}");
    }

    private static void Refused(Answer answer, string word, string errMsg)
    {
        Expect.Is(answer, 409, errMsg);
        Check.That(answer.Headers.TryGetValues("Return-Result", out var words) && words.Single() == word, $"expected {word}: {answer}");
    }

    private static JsonElement Data(Answer answer)
    {
        Check.Equal(200, answer.Status, $"{answer}");
        return answer.Json!.Value.GetProperty("data");
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}

public sealed class ReturnsEmbedded(SharedDeployments shared) : Returns(shared.EmbeddedAsync);

public sealed class ReturnsCluster(SharedDeployments shared) : Returns(shared.ClusterAsync);
