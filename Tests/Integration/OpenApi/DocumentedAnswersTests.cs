using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace SecKill.Tests.Integration.OpenApi;

/// <summary>What the API's document says is what a gateway answers: every operation, and every answer that a client can bring about.</summary>
[Collection(HostedGateway.Name)]
public sealed class DocumentedAnswersTests(HostedGateway gateway) : IAsyncLifetime
{
    // A limit, a fault and a failing store: other tests bring them about, none of them here.
    private static readonly string[] _notHere = ["429", "500", "503"];

    // Two requests with one key at the same moment: Changes of the contract. And what takes ten minutes: RedemptionTests of the ledger.
    private static readonly (string, string)[] _elsewhere = [("pauseCoupon", "409"), ("resumeCoupon", "409"), ("undoRedemption", "409")];

    private readonly ApiClient _api = new(gateway.Address);
    private readonly Tokens _tokens = new(gateway.SigningKey);
    private readonly HashSet<(string Operation, string Status)> _heard = [];
    private ServedDocument _document = null!;

    public async ValueTask InitializeAsync() => _document = await ServedDocument.ReadAsync(gateway.Address);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_documented_answer_of_every_operation_is_given_as_documented()
    {
        var (seller, customer, coupon) = (Names.Fresh("seller"), Names.Fresh("customer"), "50% a/b \u65e9\u9910");
        await AccountsAsync(seller, customer);
        await CouponsAsync(seller, customer, coupon);
        await ChangesAsync(seller, customer);
        await FeedsAsync(seller, customer, coupon);
        await TillsAsync(seller, customer, coupon);
        await ReturnsAsync(seller, customer);
        await WaitingAsync(seller, customer);
        await OperatorsAsync(seller, customer, coupon);
        await WatchersAsync(seller, coupon);
        foreach (var probe in new[] { "Live", "Ready", "Startup" })
            Hear($"health{probe}", 200, await _api.SendAsync(HttpMethod.Get, $"/health/{probe.ToLowerInvariant()}"));

        var expected = from operation in _document.Operations
                       from status in operation.Answers.Keys.Except(_notHere)
                       select (operation.Id, status);
        Assert.Equal(expected.Except(_elsewhere).Order(), _heard.Order());
    }

    private async Task AccountsAsync(string seller, string customer)
    {
        var large = new string(' ', 20_000);
        foreach (var (user, kind) in new[] { (seller, Tokens.Seller), (customer, Tokens.Customer) })
            Hear("register", 201, await _api.RegisterAsync(user, "secret", kind));
        Hear("register", 400, await _api.RegisterAsync(seller, "secret", Tokens.Seller));
        Hear("register", 400, await _api.PostTextAsync(ApiClient.Users, "no json"));
        Hear("register", 413, await _api.PostTextAsync(ApiClient.Users, large));
        Hear("logIn", 200, await _api.LogInAsync(seller, "secret"));
        Hear("logIn", 400, await _api.PostTextAsync(ApiClient.Auth, "no json"));
        Hear("logIn", 401, await _api.LogInAsync(seller, "wrong"));
        Hear("logIn", 401, await _api.LogInAsync(Names.Fresh("nobody"), "secret"));
        Hear("logIn", 413, await _api.PostTextAsync(ApiClient.Auth, large));
        Hear("logOut", 200, await _api.LogOutAsync(_tokens.Mint(customer, Tokens.Customer)));
        Hear("logOut", 200, await _api.LogOutAsync(null));
    }

    private async Task CouponsAsync(string seller, string customer, string coupon)
    {
        const string noUtf8 = "/api/users/%FF/coupons";
        var (sellers, customers) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer));
        Hear("createCoupon", 201, await _api.CreateAsync(sellers, seller, coupon, amount: 1));
        Hear("createCoupon", 400, await _api.CreateAsync(sellers, seller, coupon, amount: 1));
        Hear("createCoupon", 400, await _api.CreateAsync(sellers, seller, Names.Fresh("coupon"), amount: 0));
        Hear("createCoupon", 401, await _api.CreateAsync(customers, seller, coupon, amount: 1));
        Hear("createCoupon", 401, await _api.CreateAsync(null, seller, coupon, amount: 1));
        Hear("createCoupon", 413, await _api.PostTextAsync(ApiClient.CouponsOf(seller), new string(' ', 20_000), sellers));

        Hear("claimCoupon", 201, await _api.ClaimAsync(customers, seller, coupon));
        Hear("claimCoupon", 204, await _api.ClaimAsync(customers, seller, coupon));
        Hear("claimCoupon", 204, await _api.ClaimAsync(_tokens.Mint(Names.Fresh("late"), Tokens.Customer), seller, coupon));
        Hear("claimCoupon", 204, await _api.ClaimAsync(customers, seller, "nothing"));
        Hear("claimCoupon", 400, await _api.SendAsync(HttpMethod.Patch, noUtf8 + "/x", customers));
        Hear("claimCoupon", 401, await _api.ClaimAsync(sellers, seller, coupon));
        Hear("claimCoupon", 401, await _api.ClaimAsync("forged", seller, coupon));

        var later = new { name = "later", amount = 1, stock = 1, startsAt = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds() };
        Hear("createCoupon", 201, await _api.PostAsync(ApiClient.CouponsOf(seller), later, sellers));
        Hear("claimCoupon", 204, await _api.ClaimAsync(customers, seller, "later"));
        Hear("readCoupon", 200, await _api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller, "later"), customers));
        Hear("readCoupon", 200, await _api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller, coupon), sellers));
        Hear("readCoupon", 400, await _api.SendAsync(HttpMethod.Get, noUtf8 + "/x", customers));
        Hear("readCoupon", 401, await _api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller, coupon)));
        Hear("readCoupon", 404, await _api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller, "nothing"), customers));

        Hear("listCoupons", 200, await _api.ListAsync(customers, seller));
        Hear("listCoupons", 200, await _api.ListAsync(customers, customer));
        Hear("listCoupons", 204, await _api.ListAsync(customers, seller, page: 9));
        Hear("listCoupons", 400, await _api.ListAsync(customers, seller, page: "one"));
        Hear("listCoupons", 400, await _api.ListAsync(customers, Names.Fresh("nobody")));
        Hear("listCoupons", 400, await _api.SendAsync(HttpMethod.Get, noUtf8, customers));
        Hear("listCoupons", 401, await _api.ListAsync(sellers, customer));
        Hear("listCoupons", 401, await _api.ListAsync(null, seller));
    }

    private async Task ChangesAsync(string seller, string customer)
    {
        var (sellers, customers, coupon) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer), ApiClient.CouponOf(seller, "changed"));
        var body = new { name = "changed", amount = 5, stock = 1 };
        Hear("createCoupon", 201, await SendAsync(HttpMethod.Post, ApiClient.CouponsOf(seller), body, sellers, Keyed("k0")));
        Hear("createCoupon", 422, await SendAsync(HttpMethod.Post, ApiClient.CouponsOf(seller), body with { amount = 6 }, sellers, Keyed("k0")));
        var ofThisMoment = DateTimeOffset.UtcNow;
        (string Operation, HttpMethod Method, string Path, object? Good, object? Other)[] changes =
        [
            ("pauseCoupon", HttpMethod.Post, "pause", new { reason = "a" }, new { reason = "b" }),
            ("resumeCoupon", HttpMethod.Post, "resume", null, null),
            ("setAmount", HttpMethod.Put, "amount", new { amount = 7 }, new { amount = 8 }),
            ("setWindow", HttpMethod.Put, "window", new { endsAt = ofThisMoment.AddHours(2).ToUnixTimeMilliseconds() }, new { endsAt = ofThisMoment.AddHours(3).ToUnixTimeMilliseconds() }),
        ];
        foreach (var (operation, method, path, good, other) in changes)
        {
            var (mine, key) = ($"{coupon}/{path}", $"k-{path}");
            Hear(operation, 412, await SendAsync(method, mine, good, sellers, request => request.Headers.TryAddWithoutValidation("If-Match", "\"99\"")));
            Hear(operation, 200, await SendAsync(method, mine, good, sellers, Keyed(key)));
            // Of a request without content, another route is other content.
            Hear(operation, 422, await SendAsync(method, mine, other, sellers, Keyed(other is null ? "k-pause" : key)));
            Hear(operation, 400, await SendAsync(method, mine, good, sellers, request => request.Headers.TryAddWithoutValidation("Idempotency-Key", new string('k', 65))));
            Hear(operation, 401, await SendAsync(method, mine, good, null));
            Hear(operation, 403, await SendAsync(method, mine, good, customers));
            Hear(operation, 404, await SendAsync(method, $"{ApiClient.CouponOf(seller, "nothing")}/{path}", good, sellers));
            if (good is not null)
                Hear(operation, 413, await SendAsync(method, mine, new { reason = new string('x', 20_000) }, sellers));
        }
        Hear("setAmount", 409, await SendAsync(HttpMethod.Put, $"{coupon}/amount", new { amount = "sold" }, sellers));
        Hear("setWindow", 409, await SendAsync(
            HttpMethod.Put, $"{coupon}/window", new { startsAt = ofThisMoment.AddHours(1).ToUnixTimeMilliseconds() }, sellers));
        Hear("listOperations", 200, await _api.SendAsync(HttpMethod.Get, $"{coupon}/operations", sellers));
        Hear("listOperations", 400, await _api.SendAsync(HttpMethod.Get, "/api/users/%FF/coupons/x/operations", sellers));
        Hear("listOperations", 401, await _api.SendAsync(HttpMethod.Get, $"{coupon}/operations"));
        Hear("listOperations", 403, await _api.SendAsync(HttpMethod.Get, $"{coupon}/operations", customers));
        Hear("listOperations", 404, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "nothing")}/operations", sellers));
        foreach (var action in new[] { "stop", "start" })
        {
            var path = $"/api/admin/{action}";
            Hear(action, 200, await AskAsync(HttpMethod.Post, $"{path}?scope=coupon&seller={seller}&coupon=changed"));
            Hear(action, 400, await AskAsync(HttpMethod.Post, $"{path}?scope=some"));
            Hear(action, 401, await _api.SendAsync(HttpMethod.Post, $"{path}?scope=all"));
            Hear(action, 404, await AskAsync(HttpMethod.Post, $"{path}?scope=coupon&seller={seller}&coupon=nothing"));
        }

        Action<HttpRequestMessage> Keyed(string key) => request => request.Headers.Add("Idempotency-Key", $"{key}-{seller}");

        Task<Answer> SendAsync(HttpMethod method, string path, object? content, string? token, Action<HttpRequestMessage>? adjust = null) => _api.SendAsync(
            method, path, token, adjust: request =>
            {
                request.Content = content is null ? null : JsonContent.Create(content);
                adjust?.Invoke(request);
            });
    }

    private async Task FeedsAsync(string seller, string customer, string coupon)
    {
        var (sellers, customers, feed) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer), ApiClient.CouponOf(seller, coupon));
        foreach (var (operation, path) in new[] { ("readClaims", "claims"), ("readEvents", "events"), ("readConflicts", "conflicts"), ("reportSale", "report") })
        {
            Hear(operation, 200, await _api.SendAsync(HttpMethod.Get, $"{feed}/{path}", sellers));
            Hear(operation, 400, await _api.SendAsync(HttpMethod.Get, $"{feed}/{path}?colour=red", sellers));
            Hear(operation, 401, await _api.SendAsync(HttpMethod.Get, $"{feed}/{path}"));
            Hear(operation, 403, await _api.SendAsync(HttpMethod.Get, $"{feed}/{path}", customers));
            Hear(operation, 404, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "nothing")}/{path}", sellers));
            if (path != "report")
                Hear(operation, 406, await _api.SendAsync(HttpMethod.Get, $"{feed}/{path}", sellers, adjust: request => request.Headers.Add("Accept", "text/html")));
        }
        Hear("listCoupons", 200, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(seller)}?state=soldOut&q=a", customers));
        Hear("listCoupons", 400, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(seller)}?state=red", customers));
    }

    private async Task TillsAsync(string seller, string customer, string coupon)
    {
        var (sellers, customers, receipt) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer), $"{ApiClient.CouponOf(seller, coupon)}/claims/{customer}/receipt");
        var given = await _api.SendAsync(HttpMethod.Get, receipt, customers);
        Hear("readReceipt", 200, given);
        Hear("readReceipt", 400, await _api.SendAsync(HttpMethod.Get, $"/api/users/%FF/coupons/x/claims/{customer}/receipt", customers));
        Hear("readReceipt", 401, await _api.SendAsync(HttpMethod.Get, receipt));
        Hear("readReceipt", 403, await _api.SendAsync(HttpMethod.Get, receipt, sellers));
        Hear("readReceipt", 404, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, "later")}/claims/{customer}/receipt", customers));
        Hear("readReceiptKeys", 200, await _api.SendAsync(HttpMethod.Get, "/.well-known/jwks.json"));

        var (path, code) = ($"{ApiClient.Users}/{seller}/redemptions", given.Json!.Value.GetProperty("data").GetProperty("code").GetString());
        Hear("redeem", 200, await SendAsync(HttpMethod.Post, path, new { code, device = "till" }, sellers, "r1"));
        Hear("redeem", 400, await SendAsync(HttpMethod.Post, path, new { code }, sellers));
        Hear("redeem", 401, await SendAsync(HttpMethod.Post, path, new { code, device = "till" }, null));
        Hear("redeem", 403, await SendAsync(HttpMethod.Post, path, new { code, device = "till" }, customers));
        Hear("redeem", 404, await SendAsync(HttpMethod.Post, path, new { code = "x", device = "till" }, sellers));
        Hear("redeem", 409, await SendAsync(HttpMethod.Post, path, new { code, device = "till" }, sellers));
        Hear("redeem", 413, await SendAsync(HttpMethod.Post, path, new { code = new string('x', 20_000), device = "till" }, sellers));
        Hear("redeem", 422, await SendAsync(HttpMethod.Post, path, new { code, device = "other" }, sellers, "r1"));
        var batch = new object[] { new { code, device = "till", at = 1, key = $"r1-{seller}" }, new { code, device = "other", at = 1, key = $"r2-{seller}" }, new { code, device = "third", key = $"r1-{seller}" }, new { code = "x", device = "till", key = "r3" } };
        Hear("redeemBatch", 200, await SendAsync(HttpMethod.Post, $"{path}/batch", batch, sellers));
        Hear("redeemBatch", 400, await SendAsync(HttpMethod.Post, $"{path}/batch", Array.Empty<object>(), sellers));
        Hear("redeemBatch", 401, await SendAsync(HttpMethod.Post, $"{path}/batch", batch, null));
        Hear("redeemBatch", 403, await SendAsync(HttpMethod.Post, $"{path}/batch", batch, customers));
        Hear("redeemBatch", 413, await SendAsync(HttpMethod.Post, $"{path}/batch", new[] { new { code = new string('x', 600_000), device = "till" } }, sellers));
        Hear("readConflicts", 200, await _api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller, coupon)}/conflicts", sellers));
        Hear("undoRedemption", 200, await SendAsync(HttpMethod.Delete, $"{path}/{code}", null, sellers, "u1"));
        Hear("undoRedemption", 400, await SendAsync(HttpMethod.Delete, $"{path}/{code}", null, sellers, new string('k', 65)));
        Hear("undoRedemption", 401, await SendAsync(HttpMethod.Delete, $"{path}/{code}", null, null));
        Hear("undoRedemption", 403, await SendAsync(HttpMethod.Delete, $"{path}/{code}", null, customers));
        Hear("undoRedemption", 404, await SendAsync(HttpMethod.Delete, $"{path}/x", null, sellers));
        Hear("undoRedemption", 422, await SendAsync(HttpMethod.Delete, $"{path}/{code}", null, sellers, "r1"));

        Task<Answer> SendAsync(HttpMethod method, string at, object? content, string? token, string? key = null) => _api.SendAsync(method, at, token, adjust: request =>
        {
            request.Content = content is null ? null : JsonContent.Create(content);
            if (key is not null)
                request.Headers.Add("Idempotency-Key", $"{key}-{seller}");
        });
    }

    private async Task ReturnsAsync(string seller, string customer)
    {
        var (sellers, customers, coupon) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer), ApiClient.CouponOf(seller, "returnable"));
        Hear("createCoupon", 201, await _api.PostAsync(ApiClient.CouponsOf(seller), new { name = "returnable", amount = 5, stock = 1, returns = "once" }, sellers));
        Hear("claimCoupon", 201, await _api.ClaimAsync(customers, seller, "returnable"));
        Hear("readCoupon", 200, await _api.SendAsync(HttpMethod.Get, coupon, customers));
        var mine = $"{coupon}/claims/{customer}";
        Hear("returnCoupon", 401, await _api.SendAsync(HttpMethod.Delete, mine));
        Hear("returnCoupon", 403, await _api.SendAsync(HttpMethod.Delete, mine, sellers));
        Hear("returnCoupon", 200, await _api.SendAsync(HttpMethod.Delete, mine, customers));
        Hear("readReceipt", 409, await _api.SendAsync(HttpMethod.Get, $"{mine}/receipt", customers));
        Hear("returnCoupon", 400, await _api.SendAsync(HttpMethod.Delete, $"{coupon}/claims/%FF", customers));
        Hear("returnCoupon", 404, await _api.SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller, "nothing")}/claims/{customer}", customers));
        Hear("returnCoupon", 409, await _api.SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller, "changed")}/claims/{customer}", customers));
        Hear("claimCoupon", 204, await _api.ClaimAsync(customers, seller, "returnable"));
    }

    private async Task WaitingAsync(string seller, string customer)
    {
        var (sellers, customers, waiter) = (_tokens.Mint(seller, Tokens.Seller), _tokens.Mint(customer, Tokens.Customer), Names.Fresh("waiter"));
        var waiters = _tokens.Mint(waiter, Tokens.Customer);
        Hear("createCoupon", 201, await _api.PostAsync(ApiClient.CouponsOf(seller), new { name = "waited", amount = 1, stock = 1, waitlist = 5 }, sellers));
        Hear("claimCoupon", 201, await _api.ClaimAsync(customers, seller, "waited"));
        var place = $"{ApiClient.CouponOf(seller, "waited")}/waiting";
        foreach (var (operation, method) in new[] { ("joinWaitingList", HttpMethod.Put), ("readPlaceInLine", HttpMethod.Get), ("leaveWaitingList", HttpMethod.Delete) })
        {
            if (operation == "joinWaitingList")
                Hear(operation, 201, await _api.SendAsync(method, $"{place}/{waiter}", waiters));
            Hear(operation, 200, await _api.SendAsync(method, $"{place}/{waiter}", waiters));
            Hear(operation, 400, await _api.SendAsync(method, $"{place}/%FF", waiters));
            Hear(operation, 401, await _api.SendAsync(method, $"{place}/{waiter}"));
            Hear(operation, 403, await _api.SendAsync(method, $"{place}/{waiter}", customers));
            Hear(operation, 404, await _api.SendAsync(method, $"{ApiClient.CouponOf(seller, "nothing")}/waiting/{waiter}", waiters));
            Hear(operation, 409, await _api.SendAsync(method, $"{ApiClient.CouponOf(seller, "later")}/waiting/{waiter}", waiters));
        }
    }

    private async Task OperatorsAsync(string seller, string customer, string coupon)
    {
        Hear("readCustomer", 200, await AskAsync(HttpMethod.Get, $"/api/admin/customers/{customer}"));
        Hear("readCustomer", 400, await AskAsync(HttpMethod.Get, $"/api/admin/customers/{customer}?after=x"));
        Hear("readCustomer", 401, await _api.SendAsync(HttpMethod.Get, $"/api/admin/customers/{customer}"));
        Hear("readCustomer", 404, await AskAsync(HttpMethod.Get, "/api/admin/customers/nobody"));
        var query = $"?seller={seller}&coupon={Uri.EscapeDataString(coupon)}";
        foreach (var (operation, method, path) in new[] { ("audit", HttpMethod.Get, "/api/admin/audit"), ("rebuild", HttpMethod.Post, "/api/admin/rebuild") })
        {
            Hear(operation, 200, await AskAsync(method, path + query));
            Hear(operation, 400, await AskAsync(method, path + "?seller=bob"));
            Hear(operation, 401, await _api.SendAsync(method, path + query));
            Hear(operation, 404, await AskAsync(method, path + "?seller=nobody&coupon=nothing"));
        }
        Hear("placement", 200, await AskAsync(HttpMethod.Get, "/api/admin/placement"));
        Hear("placement", 200, await AskAsync(HttpMethod.Get, "/api/admin/placement" + query));
        Hear("placement", 400, await AskAsync(HttpMethod.Get, "/api/admin/placement?seller=bob"));
        Hear("placement", 401, await _api.SendAsync(HttpMethod.Get, "/api/admin/placement"));
        Hear("audit", 200, await AskAsync(HttpMethod.Get, "/api/admin/audit?deep=true"));
        Hear("audit", 400, await AskAsync(HttpMethod.Get, "/api/admin/audit?after=now"));
    }

    private async Task WatchersAsync(string seller, string coupon)
    {
        Hear("watchAll", 200, await ReadOnceAsync("/api/live"));
        Hear("watchSale", 200, await ReadOnceAsync($"/api/live/{seller}/{Uri.EscapeDataString(coupon)}"));
        Hear("watchSale", 400, await ReadOnceAsync("/api/live/%FF/x"));
        Hear("watchSale", 404, await ReadOnceAsync("/api/live/nobody/nothing"));

        using var stream = await Loopback.Http.GetAsync(new Uri(gateway.Address, "/api/live"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.True(_document.Operations.Single(operation => operation.Id == "watchAll").Answers["200"]["content"]!.AsObject().ContainsKey(stream.Content.Headers.ContentType!.MediaType!));
    }

    private Task<Answer> ReadOnceAsync(string path) => _api.SendAsync(HttpMethod.Get, path, adjust: request => request.Headers.Add("Accept", "application/json"));

    private Task<Answer> AskAsync(HttpMethod method, string path) => _api.SendAsync(
        method, path, adjust: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", HostedGateway.AdminKey));

    private void Hear(string operation, int status, Answer answer)
    {
        Assert.True(answer.Status == status, $"expected {status}: {answer}");
        _document.Check(operation, answer);
        _heard.Add((operation, $"{status}"));
    }
}
