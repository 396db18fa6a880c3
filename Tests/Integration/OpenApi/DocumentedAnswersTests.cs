using System.Net.Http.Headers;

namespace SecKill.Tests.Integration.OpenApi;

/// <summary>What the API's document says is what a gateway answers: every operation, and every answer that a client can bring about.</summary>
[Collection(HostedGateway.Name)]
public sealed class DocumentedAnswersTests(HostedGateway gateway) : IAsyncLifetime
{
    // A limit, a fault and a failing store: other tests bring them about, none of them here.
    private static readonly string[] _notHere = ["429", "500", "503"];

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
        await OperatorsAsync(seller, coupon);
        await WatchersAsync(seller, coupon);
        foreach (var probe in new[] { "Live", "Ready", "Startup" })
            Hear($"health{probe}", 200, await _api.SendAsync(HttpMethod.Get, $"/health/{probe.ToLowerInvariant()}"));

        var expected = from operation in _document.Operations
                       from status in operation.Answers.Keys.Except(_notHere)
                       select (operation.Id, status);
        Assert.Equal(expected.Order(), _heard.Order());
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

        Hear("listCoupons", 200, await _api.ListAsync(customers, seller));
        Hear("listCoupons", 200, await _api.ListAsync(customers, customer));
        Hear("listCoupons", 204, await _api.ListAsync(customers, seller, page: 9));
        Hear("listCoupons", 400, await _api.ListAsync(customers, seller, page: "one"));
        Hear("listCoupons", 400, await _api.ListAsync(customers, Names.Fresh("nobody")));
        Hear("listCoupons", 400, await _api.SendAsync(HttpMethod.Get, noUtf8, customers));
        Hear("listCoupons", 401, await _api.ListAsync(sellers, customer));
        Hear("listCoupons", 401, await _api.ListAsync(null, seller));
    }

    private async Task OperatorsAsync(string seller, string coupon)
    {
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
