using System.Net.Http.Headers;
using Microsoft.Data.Sqlite;
using SecKill.Tests.Integration.Guarantees;

namespace SecKill.Tests.Integration.Audit;

/// <summary>A gateway's operators' routes: open with the key, closed if no key is configured.</summary>
[Collection(LimitedGateway.Name)]
public sealed class AdminApiTests(LimitedGateway gateway, SharedDeployments shared)
{
    private const string Key = LimitedGateway.AdminKey;
    private const string Audit = "/api/admin/audit";
    private const string Rebuild = "/api/admin/rebuild";
    private const string Placement = "/api/admin/placement";
    private const string Customers = "/api/admin/customers/";
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(60);

    private EmbeddedDeployment Deployment => gateway.Deployment;

    private ApiClient Api => new(Deployment.Gateways[0]);

    [Theory]
    [InlineData("GET", Audit)]
    [InlineData("GET", Placement)]
    [InlineData("GET", Customers + "anna")]
    [InlineData("POST", Rebuild)]
    [InlineData("PUT", Audit)]
    public async Task Without_a_key_the_routes_do_not_exist(string method, string path)
    {
        var off = new ApiClient((await shared.EmbeddedAsync()).Gateways[0]);
        Expect.Is(await off.SendAsync(new HttpMethod(method), path, $"Bearer {Key}"), 404, "No such route.");
        Expect.Is(await off.SendAsync(new HttpMethod(method), path), 404, "No such route.");
    }

    [Fact]
    public async Task Only_the_key_opens_them_and_it_opens_nothing_else()
    {
        var token = new Tokens(Deployment.SigningKey).Mint("bob", Tokens.Seller);
        string?[] refused = [null, "", Key, "Bearer", "Bearer ", $"Bearer {Key}x", $"Bearer {Key[..^1]}", $"Bearer {Key.ToUpperInvariant()}", $"Basic {Key}", token, $"Bearer {token}", $"Bearer {Key}, Bearer {Key}"];
        foreach (var header in refused)
        {
            Expect.Refused(await Api.SendAsync(HttpMethod.Get, Audit, header), 401);
            Expect.Refused(await Api.SendAsync(HttpMethod.Get, Placement, header), 401);
            Expect.Refused(await Api.SendAsync(HttpMethod.Post, Rebuild + "?seller=a&coupon=b", header), 401);
        }
        Expect.Refused(await Api.ListAsync($"Bearer {Key}", "bob"), 401);
        Expect.Refused(await Api.CreateAsync(Key, "bob", "breakfast", 1), 401);
    }

    [Theory]
    [InlineData("GET", Audit + "?seller=bob")]
    [InlineData("GET", Audit + "?seller=bob&coupon=")]
    [InlineData("GET", Audit + "?seller=bob&seller=eve&coupon=c")]
    [InlineData("GET", Audit + "?seller=bob&coupon=%0Ainjected")]
    [InlineData("GET", Audit + "?after=now")]
    [InlineData("GET", Placement + "?coupon=c")]
    [InlineData("POST", Rebuild)]
    [InlineData("POST", Rebuild + "?seller=..&coupon=c")]
    public async Task A_question_that_is_none_is_400(string method, string path) => Expect.Refused(await AskAsync(new HttpMethod(method), path), 400);

    [Fact]
    public async Task A_coupon_that_nobody_knows_is_404()
    {
        Expect.Is(await AskAsync(HttpMethod.Get, Audit + "?seller=nobody&coupon=nothing"), 404, "The ledger has no such coupon.");
        Expect.Is(await AskAsync(HttpMethod.Post, Rebuild + "?seller=nobody&coupon=nothing"), 404, "The ledger has no such coupon.");
    }

    [Fact]
    public async Task They_tell_whether_a_coupon_agrees_and_rebuild_it_where_it_does_not()
    {
        var tokens = new Tokens(Deployment.SigningKey);
        var (seller, customer, coupon) = (Names.Fresh("seller"), Names.Fresh("customer"), "50% a/b\u4f18");
        Expect.Created(await Api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, coupon, 3));
        Expect.Claimed(await Api.ClaimAsync(tokens.Mint(customer, Tokens.Customer), seller, coupon));
        var query = $"?seller={seller}&coupon={Uri.EscapeDataString(coupon)}";
        await Eventually.EqualAsync("it is drained", "agrees", async () => Verdict(await AskAsync(HttpMethod.Get, Audit + query + "&deep=true")), _drained);
        Assert.DoesNotContain(coupon, (await AskAsync(HttpMethod.Get, Audit)).Body, StringComparison.Ordinal);

        await ForgetClaimsAsync(coupon);
        var answer = Expect.WithFields(await AskAsync(HttpMethod.Get, Audit + query), "data", "errMsg");
        Assert.Equal((200, "differs"), (answer.Status, Verdict(answer)));
        Assert.Contains($"\"kind\":\"ownersLost\",\"count\":1,\"names\":[\"{customer}\"]", answer.Body, StringComparison.Ordinal);
        var all = Expect.WithFields(await AskAsync(HttpMethod.Get, Audit), "data", "errMsg", "summary");
        Assert.Equal(1, all.Json!.Value.GetProperty("summary").GetProperty("differs").GetInt32());
        Assert.Equal(coupon, all.Json.Value.GetProperty("data")[0].GetProperty("coupon").GetString());

        var rebuilt = await AskAsync(HttpMethod.Post, Rebuild + query);
        Assert.True(rebuilt.Status == 200 && Verdict(rebuilt) is "agrees" or "draining", $"{rebuilt}");
        await Eventually.EqualAsync("the claim is in the ledger again", 2L, () => Deployment.LedgerLeftAsync(seller, coupon), _drained);
        Expect.NotClaimed(await Api.ClaimAsync(tokens.Mint(customer, Tokens.Customer), seller, coupon), "already-claimed");

        // Logs are written by a thread of their own.
        var ordered = $"rebuilding of coupon {seller}/50%25%20a%2Fb%E4%BC%98.";
        var log = await Eventually.HoldsAsync(
            "it is in the log", ordered, () => Task.FromResult(Deployment.Gateway.Output), output => output.Contains(ordered, StringComparison.Ordinal), _drained);
        Assert.DoesNotContain(Key, log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task They_tell_on_which_silo_a_coupon_is_and_how_many_each_silo_has()
    {
        var (seller, coupon) = (Names.Fresh("seller"), Names.Fresh("coupon"));
        Expect.Created(await Api.CreateAsync(new Tokens(Deployment.SigningKey).Mint(seller, Tokens.Seller), seller, coupon, 3));

        var silo = Expect.WithFields(await AskAsync(HttpMethod.Get, Placement), "data", "errMsg").Json!.Value.GetProperty("data").EnumerateArray().Single();
        Assert.InRange(silo.GetProperty("coupons").GetInt32(), 1, silo.GetProperty("activations").GetInt32());
        var one = Expect.WithFields(await AskAsync(HttpMethod.Get, $"{Placement}?seller={seller}&coupon={coupon}"), "data", "errMsg").Json!.Value.GetProperty("data");
        Assert.Equal(silo.GetProperty("silo").GetString(), one.GetProperty("silo").GetString());

        var unknown = (await AskAsync(HttpMethod.Get, $"{Placement}?seller={seller}&coupon=nowhere")).Json!.Value.GetProperty("data");
        Assert.False(unknown.TryGetProperty("silo", out _));
    }

    [Fact]
    public async Task They_tell_what_a_customer_has()
    {
        var tokens = new Tokens(Deployment.SigningKey);
        var (seller, customer) = (Names.Fresh("seller"), Names.Fresh("a/b 陈%"));
        string[] coupons = [Names.Fresh("coupon"), "50% a/b"];
        foreach (var coupon in coupons)
        {
            Expect.Created(await Api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, coupon, 1));
            Expect.Claimed(await Api.ClaimAsync(tokens.Mint(customer, Tokens.Customer), seller, coupon));
        }
        var path = Customers + Uri.EscapeDataString(customer);

        // What is won and not recorded yet is there too, from the first answer on.
        var data = Data(await AskAsync(HttpMethod.Get, path));
        Assert.Equal(coupons.Order(), data.GetProperty("owns").EnumerateArray().Concat(data.GetProperty("queued").EnumerateArray()).Select(unit => unit.GetProperty("coupon").GetString()).Order());
        data = await Eventually.HoldsAsync(
            "both are recorded", "two units", async () => Data(await AskAsync(HttpMethod.Get, path)), data => data.GetProperty("owns").GetArrayLength() == 2, _drained);
        Assert.Equal(coupons, data.GetProperty("owns").EnumerateArray().Select(unit => unit.GetProperty("coupon").GetString()));
        foreach (var none in new[] { "queued", "returned", "redeemed", "waiting" })
            Assert.Equal(0, data.GetProperty(none).GetArrayLength());
        Expect.Is(await AskAsync(HttpMethod.Get, Customers + "nobody"), 404, "No such customer.");
        Expect.Refused(await AskAsync(HttpMethod.Get, path + "?after=now"), 400);

        static JsonElement Data(Answer answer) => Expect.WithFields(answer, "data", "errMsg", "next").Json!.Value.GetProperty("data");
    }

    private Task<Answer> AskAsync(HttpMethod method, string path) => Api.SendAsync(
        method, path, adjust: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key));

    private static string? Verdict(Answer answer) => answer.Json?.GetProperty("data").GetProperty("verdict").GetString();

    private async Task ForgetClaimsAsync(string coupon)
    {
        await using var ledger = new SqliteConnection($"Data Source={Path.Combine(Deployment.Folder, "ledger.db")};Pooling=False");
        await ledger.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = ledger.CreateCommand();
        command.CommandText = "DELETE FROM claims WHERE coupon_id = (SELECT id FROM coupons WHERE name = @name)";
        command.Parameters.AddWithValue("@name", coupon);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
