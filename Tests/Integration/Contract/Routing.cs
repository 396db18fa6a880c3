namespace SecKill.Tests.Integration.Contract;

public abstract class Routing(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("POST", "/api/user")]
    [InlineData("GET", "/api/users/somebody/coupons/c/more")]
    [InlineData("PATCH", "/api/users/somebody/coupon/c")]
    [InlineData("POST", "/api/auth/login")]
    public async Task A_route_that_is_not_there_is_404(string method, string path) => await IsAsync(404, method, path);

    [Theory]
    [InlineData("GET", "/api/users")]
    [InlineData("DELETE", "/api/users")]
    [InlineData("GET", "/api/auth")]
    [InlineData("PUT", "/api/auth/")]
    [InlineData("GET", "/api/auth/logout")]
    [InlineData("DELETE", "/api/users/somebody/coupons")]
    [InlineData("PATCH", "/api/users/somebody/coupons/")]
    [InlineData("POST", "/api/users/somebody/coupons/c")]
    [InlineData("DELETE", "/api/users/somebody/coupons/c")]
    [InlineData("HEAD", "/api/auth")]
    [InlineData("OPTIONS", "/api/users/somebody/coupons/c")]
    public async Task A_method_that_a_route_does_not_have_is_405(string method, string path) => await IsAsync(405, method, path);

    [Theory]
    [InlineData("%00")]
    [InlineData("%FF")]
    [InlineData("%ZZ")]
    [InlineData("%")]
    [InlineData("%C0%AF")]
    [InlineData("%ED%A0%80")]
    [InlineData("%F0%9F")]
    [InlineData("..%2F..%2F..%2Fetc%2Fpasswd")]
    [InlineData("..%5C..")]
    [InlineData("a%0D%0AClaim-Result:%20claimed")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("//")]
    public async Task A_hostile_name_in_a_path_finds_nothing_and_harms_nobody(string segment) => await HarmlessAsync(segment);

    /// <summary>The server routes by the path without them, so which coupon is meant could not be told.</summary>
    [Theory]
    [InlineData("{0}/coupons/x/../y")]
    [InlineData("{0}/coupons/./y")]
    [InlineData("{0}/coupons/%2e/y")]
    [InlineData("{0}/coupons/x/%2E%2e/y")]
    [InlineData("{0}/../{0}/coupons/y")]
    [InlineData("./{0}/coupons/y")]
    [InlineData("{0}/coupons/y#/../x")]
    public async Task A_path_with_dot_segments_claims_nothing(string path)
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        await NewCouponAsync(seller, 1, "x");
        await NewCouponAsync(seller, 1, "y");

        Expect.Refused(await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/{path.Replace("{0}", seller.Name, StringComparison.Ordinal)}", customer.Token), 400);

        Expect.Empty(await Other.ListAsync(customer.Token, customer.Name));
        Assert.Equal((1, 1), (await LeftAsync(seller, "x"), await LeftAsync(seller, "y")));
    }

    /// <summary>A proxy that lets a prefix pass, and does not read the path as the server does, lets the inside pass.</summary>
    [Theory]
    [InlineData("/docs/../health/live")]
    [InlineData("/docs/%2e%2e/health/live")]
    [InlineData("/api/users/%2E%2e/../health/live")]
    [InlineData("/api/users/%2E%2E/admin/placement")]
    [InlineData("/%68ealth/live")]
    [InlineData("/docs\\..\\health/live")]
    [InlineData("/dashboard/x%2f..%2f..%2fdocs")]
    [InlineData("http://somewhere/docs/../health/live")]
    [InlineData("http://somewhere/docs%5C..%5Chealth/live")]
    public async Task No_route_comes_out_by_a_path_that_can_be_read_in_two_ways(string target)
    {
        var answer = await RawRequest.AnswersAsync(Deployment.Gateways[0], $"GET {target} HTTP/1.1\r\nHost: somewhere\r\nConnection: close\r\n\r\n");
        Assert.Equal([400], RawRequest.Statuses(answer));
        Assert.Contains("\"errMsg\":\"The path must be plain", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trailing_slash_changes_nothing()
    {
        var (name, customer) = (Names.Fresh("slash"), NewCustomer());
        Expect.Created(await Api.PostAsync("/api/users/", new { username = name, password = Password, kind = Tokens.Seller }));
        var token = (await Api.PostAsync("/api/auth/", new { username = name, password = Password })).Token;
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(name) + "/", new { name = "c", amount = 1, stock = 1 }, token));
        Expect.Claimed(await Api.SendAsync(HttpMethod.Patch, ApiClient.CouponOf(name, "c") + "/", customer.Token));
        Expect.Listed(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponsOf(name) + "/", token), "c");
        Expect.Empty(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponsOf(name) + "/?page=2", token));
        Expect.Is(await Api.SendAsync(HttpMethod.Post, "/api/auth/logout/", token), 200, "log out.");
        Expect.Refused(await Api.ListAsync(token, name), 401);
    }

    [Fact]
    public async Task HEAD_is_answered_as_GET_without_the_body()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 1);
        string[] paths =
        [
            ApiClient.CouponsOf(seller.Name), ApiClient.CouponsOf(customer.Name), ApiClient.CouponsOf(seller.Name) + "?page=x", "/health/live", "/openapi.json", "/docs/scalar.js", "/app.js",
            "/api/nothing",
        ];
        foreach (var path in paths)
        {
            var (got, head) = (await GetAsync(HttpMethod.Get, path), await GetAsync(HttpMethod.Head, path));
            Assert.Equal((got.StatusCode, got.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
            // Where it is known beforehand.
            if (head.Content.Headers.ContentLength is > 0 and var length)
                Assert.Equal(got.Content.Headers.ContentLength, length);
            Assert.Equal("", await head.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        // A stream has no end; its headers have.
        foreach (var path in new[] { "/api/live", $"/api/live/{seller.Name}/{coupon}" })
            Assert.Equal("text/event-stream", (await GetAsync(HttpMethod.Head, path)).Content.Headers.ContentType?.MediaType);

        Task<HttpResponseMessage> GetAsync(HttpMethod method, string path)
        {
            var request = new HttpRequestMessage(method, Loopback.Exactly(Deployment.Gateways[0], path));
            request.Headers.TryAddWithoutValidation("Authorization", customer.Token);
            return Loopback.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>By the quick routes, by the pipeline, as refusals of each.</summary>
    [Fact]
    public async Task Every_answer_says_that_it_is_not_to_be_kept_nor_taken_for_another_type()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 1);
        Answer[] answers =
        [
            await ClaimAsync(customer, seller, coupon),
            await ClaimAsync(customer, seller, coupon),
            await Api.SendAsync(HttpMethod.Patch, $"/API/users/{seller.Name}/coupons/{coupon}", customer.Token),
            await Api.ListAsync(customer.Token, customer.Name),
            await Api.ListAsync(customer.Token, customer.Name, 2),
            await Api.ListAsync(customer.Token, customer.Name, "x"),
            await Api.ListAsync(null, customer.Name),
            await Api.LogInAsync(seller.Name, Password),
            await Api.LogInAsync(seller.Name, "wrong"),
            await Api.LogOutAsync(null),
            await Api.SendAsync(HttpMethod.Get, "/api/nothing"),
            await Api.SendAsync(HttpMethod.Delete, "/api/users"),
            await Api.SendAsync(HttpMethod.Get, "/docs/../health/live"),
            await Api.SendAsync(HttpMethod.Get, "/api/live", adjust: request => request.Headers.Add("Accept", "application/json")),
            await Api.PostTextAsync(ApiClient.Users, new string(' ', 20_000)),
        ];
        foreach (var answer in answers)
        {
            Assert.True(answer.Headers.CacheControl is { NoStore: true }, $"{answer}");
            Assert.True(answer.Headers.TryGetValues("X-Content-Type-Options", out var options) && options.SequenceEqual(["nosniff"]), $"{answer}");
        }
    }

    [Theory]
    [InlineData("PATCH http://somewhere/api%2Fusers%2Fx%2Fcoupons%2Fy")]
    [InlineData("GET http://somewhere\\docs\\..\\health/live")]
    [InlineData("GET docs:/health/live")]
    [InlineData("GET /api/users/bob#/coupons")]
    [InlineData("GET /api/users/bob?/coupons")]
    public async Task A_path_that_only_looks_like_a_route_is_refused(string request) =>
        Assert.InRange(await RawRequest.StatusAsync(Deployment.Gateways[0], request, NewCustomer().Token), 400, 499);

    [Theory]
    [InlineData("/api/users/{0}/coupons/%e4%bc%98%E6%83%A0")]
    [InlineData("/api/users/{0}/%63oupons/%E4%BC%98%E6%83%A0")]
    [InlineData("/API/Users/{0}/Coupons/%E4%BC%98%E6%83%A0")]
    [InlineData("http://somewhere/api/users/{0}/coupons/%E4%BC%98%E6%83%A0", true)]
    public async Task One_path_may_be_spelt_in_several_ways(string path, bool isAbsolute = false)
    {
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, 1, "优惠");
        path = path.Replace("{0}", string.Concat(seller.Name.Select(letter => $"%{(int)letter:x2}")), StringComparison.Ordinal);

        var answer = isAbsolute
            ? await RawRequest.StatusAsync(Deployment.Gateways[0], $"PATCH {path}", NewCustomer().Token)
            : (await Api.SendAsync(HttpMethod.Patch, path, NewCustomer().Token)).Status;

        Assert.Equal(201, answer);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(1_000)]
    [InlineData(7_000)]
    public async Task An_overlong_name_in_a_path_finds_nothing_and_harms_nobody(int length) => await HarmlessAsync(new string('a', length));

    private async Task HarmlessAsync(string segment)
    {
        var customer = NewCustomer();
        var seller = Tokens.Mint(Names.Fresh("hostile"), Tokens.Seller);
        Answer[] answers =
        [
            await Api.SendAsync(HttpMethod.Get, $"{ApiClient.Users}/{segment}/coupons", customer.Token),
            await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/{segment}/coupons/c", customer.Token),
            await Api.SendAsync(HttpMethod.Patch, $"{ApiClient.Users}/somebody/coupons/{segment}", customer.Token),
            await Api.PostAsync($"{ApiClient.Users}/{segment}/coupons", new { name = "c", amount = 1, stock = 1 }, seller),
        ];
        foreach (var answer in answers)
        {
            Assert.True(answer.Status == 204 || answer.Status is >= 400 and < 500, $"{answer}");
            Assert.NotEqual("claimed", answer.ClaimResult);
        }
        Expect.Empty(await Api.ListAsync(customer.Token, customer.Name));
    }

    private async Task IsAsync(int status, string method, string path)
    {
        foreach (var token in new[] { null, NewCustomer().Token })
        {
            var answer = await Api.SendAsync(new HttpMethod(method), path, token);
            Assert.True(answer.Status == status, $"expected {status}: {answer}");
            // "Every JSON answer carries errMsg"; a body is not asked for.
            if (answer.Body.Length > 0)
                Expect.Refused(answer, status);
        }
    }
}

public sealed class RoutingEmbedded(SharedDeployments shared) : Routing(shared.EmbeddedAsync);

public sealed class RoutingCluster(SharedDeployments shared) : Routing(shared.ClusterAsync);
