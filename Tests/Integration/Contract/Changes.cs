namespace SecKill.Tests.Integration.Contract;

/// <summary>A seller changes a coupon while it sells: pause and resume, the amount, the window; and learns who changed what.</summary>
public abstract class Changes(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task After_a_pause_no_claim_wins_at_any_gateway_and_owners_hear_that_they_own_it()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 10);
        var owner = NewCustomer();
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));

        var paused = Coupon(await ChangeAsync(seller, coupon, "pause", new { reason = "价格" }), "paused");
        Assert.Equal((9, 10, 1), (Number(paused, "left"), Number(paused, "amount"), Number(paused, "version")));

        foreach (var gateway in Gateways.Concat(Gateways))
        {
            var refused = Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "paused");
            Assert.NotNull(refused.Headers.RetryAfter);
            Expect.NotClaimed(await gateway.ClaimAsync(owner.Token, seller.Name, coupon), "already-claimed");
        }
        Assert.Equal(9, await LeftAsync(seller, coupon));
        Coupon(await ChangeAsync(seller, coupon, "resume"), "open");
        await WinsSoonAsync(seller, coupon);
    }

    [Fact]
    public async Task A_pause_and_a_resume_may_be_sent_again()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 10);

        foreach (var (action, state, version) in new[] { ("resume", "open", 0), ("pause", "paused", 1), ("pause", "paused", 1), ("resume", "open", 2), ("resume", "open", 2) })
            Assert.Equal(version, Number(Coupon(await ChangeAsync(seller, coupon, action), state), "version"));
    }

    [Fact]
    public async Task A_raise_brings_more_units_and_a_sold_out_coupon_sells_again()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        var owner = NewCustomer();
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));
        foreach (var gateway in Gateways)
            Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "sold-out");

        var raised = Coupon(await SetAsync(seller, coupon, "amount", new { amount = 3 }), "open");

        Assert.Equal((3, 2), (Number(raised, "amount"), Number(raised, "left")));
        await WinsSoonAsync(seller, coupon);
        await WinsSoonAsync(seller, coupon);
        Expect.NotClaimed(await ClaimAsync(owner, seller, coupon), "already-claimed");
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "sold-out");
        Assert.Equal(3, Assert.Single((await Other.ListAsync(seller.Token, seller.Name)).Coupons).Amount);
    }

    [Fact]
    public async Task A_lower_amount_takes_units_but_none_that_is_owned()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 10);
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));

        var below = await SetAsync(seller, coupon, "amount", new { amount = 1 });
        Refused(below, 409, "below-owners");
        Assert.Equal((2, 0), (Number(below.Json!.Value.GetProperty("data"), "owners"), Number(below.Json.Value.GetProperty("data"), "held")));
        Assert.Equal(8, await LeftAsync(seller, coupon));

        Assert.Equal(1, Number(Coupon(await SetAsync(seller, coupon, "amount", new { amount = 3 }), "open"), "left"));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "sold-out");
    }

    [Fact]
    public async Task A_sale_is_closed_at_what_is_sold()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 10);
        Refused(await SetAsync(seller, coupon, "amount", new { amount = "sold" }), 409, "no-owners");
        Assert.Equal(10, await LeftAsync(seller, coupon));
        await WinsSoonAsync(seller, coupon);

        Assert.Equal((1, 0), await SoldAsync());
        Assert.Equal((1, 0), await SoldAsync());

        var operation = Assert.Single(await OperationsAsync(seller, coupon));
        Assert.Equal((10, 1), (Number(operation.GetProperty("before"), "amount"), Number(operation.GetProperty("after"), "amount")));

        async Task<(int, int)> SoldAsync()
        {
            var sold = Coupon(await SetAsync(seller, coupon, "amount", new { amount = "sold" }), "soldOut");
            return (Number(sold, "amount"), Number(sold, "left"));
        }
    }

    [Fact]
    public async Task Every_change_is_recorded_once_with_who_made_it_and_what_was_before_and_after()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        Assert.Empty(await OperationsAsync(seller, coupon));
        await ChangeAsync(seller, coupon, "pause", new { reason = "wrong \"price\"" });
        await ChangeAsync(seller, coupon, "pause", new { reason = "wrong \"price\"" });
        await SetAsync(seller, coupon, "amount", new { amount = 7 });

        var operations = await OperationsAsync(seller, coupon);

        Assert.Equal([(1, "pause"), (2, "amount")], operations.Select(one => (Number(one, "no"), one.GetProperty("action").GetString()!)));
        Assert.All(operations, one => Assert.Equal(seller.Name, one.GetProperty("actor").GetString()));
        Assert.Equal("""{"amount":5}""", operations[0].GetProperty("before").ToString());
        Assert.Equal("""{"amount":5,"paused":true,"reason":"wrong \"price\""}""", operations[0].GetProperty("after").ToString());
        Assert.Equal("""{"amount":7,"paused":true,"reason":"wrong \"price\""}""", operations[1].GetProperty("after").ToString());
        Assert.Equal([2], (await OperationsAsync(seller, coupon, "?after=1")).Select(one => Number(one, "no")));
    }

    [Fact]
    public async Task A_change_is_bound_to_the_version_that_was_read()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        var first = await ChangeAsync(seller, coupon, "pause", ifMatch: "\"0\"");
        Assert.Equal("\"1\"", first.Headers.ETag?.ToString());

        Assert.Equal(412, (await SetAsync(seller, coupon, "amount", new { amount = 7 }, ifMatch: "\"0\"")).Status);
        Assert.Equal(412, (await SetAsync(seller, coupon, "amount", new { amount = 7 }, ifMatch: "W/\"1\"")).Status);
        // It is as asked, whichever version that is.
        Assert.Equal(200, (await ChangeAsync(seller, coupon, "pause", ifMatch: "\"0\"")).Status);
        Expect.Refused(await ChangeAsync(seller, coupon, "resume", ifMatch: "1"), 400);
        Assert.Equal(200, (await SetAsync(seller, coupon, "amount", new { amount = 7 }, ifMatch: "\"1\"")).Status);
        Assert.Equal(200, (await SetAsync(seller, coupon, "amount", new { amount = 8 }, ifMatch: "*")).Status);
    }

    [Fact]
    public async Task A_repeated_request_takes_effect_once_and_its_key_serves_no_other()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        var key = Names.Fresh("key");
        Coupon(await ChangeAsync(seller, coupon, "pause", new { reason = "a" }, key: key), "paused");
        Coupon(await ChangeAsync(seller, coupon, "resume"), "open");

        // As the first one was answered, with the coupon as it is now.
        Assert.Equal(2, Number(Coupon(await ChangeAsync(seller, coupon, "pause", new { reason = "a" }, key: key), "open"), "version"));

        Assert.Equal(422, (await ChangeAsync(seller, coupon, "pause", new { reason = "b" }, key: key)).Status);
        Assert.Equal(422, (await ChangeAsync(seller, coupon, "resume", key: key)).Status);
        Assert.Equal(422, (await ChangeAsync(seller, await NewCouponAsync(seller, 5), "pause", new { reason = "a" }, key: key)).Status);
        var another = await NewSellerAsync();
        Coupon(await ChangeAsync(another, await NewCouponAsync(another, 5), "pause", new { reason = "b" }, key: key), "paused");
    }

    [Fact]
    public async Task A_request_that_found_all_as_asked_is_remembered_too()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        var key = Names.Fresh("key");
        await ChangeAsync(seller, coupon, "pause");
        Coupon(await ChangeAsync(seller, coupon, "pause", key: key), "paused");
        await ChangeAsync(seller, coupon, "resume");

        Coupon(await ChangeAsync(seller, coupon, "pause", key: key), "open");
    }

    [Fact]
    public async Task Requests_with_one_key_at_once_take_effect_once()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        var key = Names.Fresh("key");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            SendAsync(Gateways[i % Gateways.Count], HttpMethod.Put, seller, coupon, "amount", """{"amount":9}""", key)));

        Assert.Contains(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[200, 409]));
        Assert.All(answers.Where(answer => answer.Status == 409), answer => Refused(answer, 409, "in-progress"));
        Assert.Single(await OperationsAsync(seller, coupon));
    }

    [Fact]
    public async Task A_creation_repeated_with_its_key_is_created_and_another_one_is_not()
    {
        var seller = await NewSellerAsync();
        var (coupon, key) = (Names.Fresh("coupon"), Names.Fresh("key"));

        foreach (var gateway in Gateways.Concat(Gateways))
            Expect.Created(await CreateAsync(gateway, coupon, 5, key));
        Assert.Equal(422, (await CreateAsync(Api, coupon, 6, key)).Status);
        Assert.Equal(422, (await CreateAsync(Api, Names.Fresh("coupon"), 5, key)).Status);
        Expect.Is(await CreateAsync(Api, coupon, 5, Names.Fresh("key")), 400, "Create failed. Maybe (username,coupon name) duplicates");
        Expect.Is(await Api.CreateAsync(seller.Token, seller.Name, coupon, 5), 400, "Create failed. Maybe (username,coupon name) duplicates");
        Expect.Refused(await CreateAsync(Api, Names.Fresh("coupon"), 5, "two words"), 400);

        Assert.Equal([coupon], (await Other.ListAsync(seller.Token, seller.Name)).Coupons.Select(row => row.Name));

        Task<Answer> CreateAsync(ApiClient gateway, string name, int amount, string withKey) => gateway.SendAsync(
            HttpMethod.Post, ApiClient.CouponsOf(seller.Name), seller.Token,
            new StringContent(JsonSerializer.Serialize(new { name, amount, stock = 5 })), request => request.Headers.TryAddWithoutValidation("Idempotency-Key", withKey));
    }

    [Fact]
    public async Task Creations_with_one_key_at_once_make_one_coupon()
    {
        var seller = await NewSellerAsync();
        var (coupons, key) = (new[] { Names.Fresh("coupon"), Names.Fresh("coupon") }, Names.Fresh("key"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => (
            Coupon: coupons[i / 4],
            Answer: await Gateways[i % Gateways.Count].SendAsync(
                HttpMethod.Post, ApiClient.CouponsOf(seller.Name), seller.Token, Content(JsonSerializer.Serialize(new { name = coupons[i / 4], amount = 5, stock = 5 })),
                request => request.Headers.TryAddWithoutValidation("Idempotency-Key", key)))));

        var created = Assert.Single((await Other.ListAsync(seller.Token, seller.Name)).Coupons).Name;
        Assert.All(answers, one => Check.Equal(one.Coupon == created ? 201 : 422, one.Answer.Status, $"{one.Answer}"));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, created));
    }

    [Fact]
    public async Task Only_the_seller_changes_a_coupon_or_reads_who_did()
    {
        var (seller, other) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = await NewCouponAsync(seller, 5);
        foreach (var (method, route, body) in _routes)
        {
            var path = $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}";
            Expect.Refused(await Api.SendAsync(method, path, null, Content(body)), 401);
            Expect.Refused(await Api.SendAsync(method, path, NewCustomer().Token, Content(body)), 403);
            Expect.Refused(await Api.SendAsync(method, path, other.Token, Content(body)), 403);
            Expect.Is(await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon + "x")}/{route}", seller.Token, Content(body)), 404, "No such coupon.");
        }
        Assert.Empty(await OperationsAsync(seller, coupon));
    }

    [Theory]
    [InlineData("amount", "{}")]
    [InlineData("amount", """{"amount":0}""")]
    [InlineData("amount", """{"amount":-1}""")]
    [InlineData("amount", """{"amount":2.5}""")]
    [InlineData("amount", """{"amount":2147483648}""")]
    [InlineData("amount", """{"amount":"some"}""")]
    [InlineData("amount", """{"amount":null}""")]
    [InlineData("amount", """["amount"]""")]
    [InlineData("amount", "amount")]
    [InlineData("window", "{}")]
    [InlineData("window", """{"startsAt":"now"}""")]
    [InlineData("window", """{"endsAt":"then"}""")]
    [InlineData("window", """{"endsAt":-1}""")]
    [InlineData("window", """{"endsAt":1.5}""")]
    [InlineData("window", """{"endsAt":99999999999999999999}""")]
    [InlineData("window", """{"startsAt":4000000000000,"endsAt":4000000000000}""")]
    [InlineData("window", """{"endsAt":1000}""")]
    public async Task What_is_no_change_is_refused_and_changes_nothing(string route, string body)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);

        Expect.Refused(await SendAsync(Api, HttpMethod.Put, seller, coupon, route, body), 400);

        Assert.Empty(await OperationsAsync(seller, coupon));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
    }

    [Theory]
    [InlineData("""{"reason":5}""")]
    [InlineData("""{"reason":"a\u0000b"}""")]
    [InlineData("5")]
    public async Task A_reason_is_a_text_that_can_be_shown(string body)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);

        Expect.Refused(await SendAsync(Api, HttpMethod.Post, seller, coupon, "pause", body), 400);
        Expect.Refused(await ChangeAsync(seller, coupon, "pause", new { reason = new string('x', 201) }), 400);

        Coupon(await ChangeAsync(seller, coupon, "pause", new { reason = new string('价', 200) }), "paused");
    }

    [Fact]
    public async Task A_sale_is_ended_at_once_and_goes_on_when_its_end_is_set_later()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        var owner = NewCustomer();
        Expect.Claimed(await ClaimAsync(owner, seller, coupon));

        Coupon(await SetAsync(seller, coupon, "window", new { endsAt = "now" }), "ended");
        foreach (var gateway in Gateways)
        {
            Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "ended");
            Expect.NotClaimed(await gateway.ClaimAsync(owner.Token, seller.Name, coupon), "already-claimed");
        }
        Assert.Equal(1, Number(Coupon(await SetAsync(seller, coupon, "window", new { endsAt = "now" }), "ended"), "version"));

        Coupon(await SendAsync(Api, HttpMethod.Put, seller, coupon, "window", """{"endsAt":null}"""), "open");
        await WinsSoonAsync(seller, coupon);
    }

    [Fact]
    public async Task A_start_is_moved_while_it_has_not_come()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 5);
        Refused(await SetAsync(seller, coupon, "window", new { startsAt = 4_000_000_000_000 }), 409, "started");
        // A sale that is over may be set up once more.
        await SetAsync(seller, coupon, "window", new { endsAt = "now" });
        var scheduled = Coupon(await SetAsync(seller, coupon, "window", new { startsAt = 4_000_000_000_000, endsAt = 4_100_000_000_000 }), "scheduled");
        Assert.Equal((4_000_000_000_000, 4_100_000_000_000), (scheduled.GetProperty("startsAt").GetInt64(), scheduled.GetProperty("endsAt").GetInt64()));
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "not-started");

        Coupon(await SetAsync(seller, coupon, "window", new { startsAt = 4_050_000_000_000 }), "scheduled");
        Coupon(await SendAsync(Api, HttpMethod.Put, seller, coupon, "window", """{"startsAt":null}"""), "open");

        await WinsSoonAsync(seller, coupon);
        Refused(await SetAsync(seller, coupon, "window", new { startsAt = 4_000_000_000_000 }), 409, "started");
    }

    private static readonly (HttpMethod Method, string Route, string? Body)[] _routes =
    [
        (HttpMethod.Post, "pause", "{}"), (HttpMethod.Post, "resume", null), (HttpMethod.Put, "amount", """{"amount":9}"""),
        (HttpMethod.Put, "window", """{"endsAt":4000000000000}"""), (HttpMethod.Get, "operations", null),
    ];

    /// <summary>Until units that came back are sold, some 100 ms pass.</summary>
    private async Task WinsSoonAsync(Account seller, string coupon)
    {
        var customer = NewCustomer();
        await Eventually.EqualAsync("a claim wins", true, async () => (await ClaimAsync(customer, seller, coupon)).Status == 201, _soon);
    }

    private Task<Answer> ChangeAsync(Account seller, string coupon, string route, object? body = null, string? key = null, string? ifMatch = null) =>
        SendAsync(Api, HttpMethod.Post, seller, coupon, route, body is null ? null : JsonSerializer.Serialize(body), key, ifMatch);

    private Task<Answer> SetAsync(Account seller, string coupon, string route, object body, string? ifMatch = null) =>
        SendAsync(Api, HttpMethod.Put, seller, coupon, route, JsonSerializer.Serialize(body), ifMatch: ifMatch);

    private static Task<Answer> SendAsync(
        ApiClient gateway, HttpMethod method, Account seller, string coupon, string route, string? body, string? key = null, string? ifMatch = null) =>
        gateway.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, coupon)}/{route}", seller.Token, Content(body), request =>
        {
            if (key is not null)
                request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        });

    private async Task<JsonElement[]> OperationsAsync(Account seller, string coupon, string query = "")
    {
        var answer = await Other.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/operations{query}", seller.Token);
        Check.Equal(200, answer.Status, $"{answer}");
        return [.. answer.Json!.Value.GetProperty("data").EnumerateArray()];
    }

    private static JsonElement Coupon(Answer answer, string state)
    {
        Check.That(answer is { Status: 200, ErrMsg: "" }, $"expected the coupon: {answer}");
        var coupon = answer.Json!.Value.GetProperty("data");
        Check.That(coupon.GetProperty("state").GetString() == state, $"expected {state}: {answer}");
        return coupon;
    }

    private static void Refused(Answer answer, int status, string word)
    {
        Expect.Refused(answer, status);
        Check.That(answer.Headers.TryGetValues("Change-Result", out var words) && words.Single() == word, $"expected {word}: {answer}");
    }

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private static StringContent? Content(string? body) => body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
}

public sealed class ChangesEmbedded(SharedDeployments shared) : Changes(shared.EmbeddedAsync);

public sealed class ChangesCluster(SharedDeployments shared) : Changes(shared.ClusterAsync);
