using System.Buffers.Text;
using System.Text.RegularExpressions;

namespace SecKill.Tests.Integration.Contract;

/// <summary>A customer has a receipt, and the seller's tills redeem it once.</summary>
public abstract partial class Tills(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const string Never = "No such code.";

    [Fact]
    public async Task The_owner_of_a_unit_that_was_just_won_has_a_receipt_with_one_code_for_ever()
    {
        var (seller, coupon, customer) = await SoldAsync();

        var receipt = Data(Expect.WithFields(await ReceiptAsync(customer, seller, coupon, Other), "data", "errMsg"));

        Assert.Equal(["claimedAt", "code", "coupon", "seller", "stock", "token"], receipt.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal((seller.Name, coupon, 5), (Text(receipt, "seller"), Text(receipt, "coupon"), receipt.GetProperty("stock").GetInt32()));
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{20}$", Text(receipt, "code"));
        Assert.InRange(receipt.GetProperty("claimedAt").GetInt64(), DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
        foreach (var gateway in Gateways)
            Assert.Equal(Text(receipt, "code"), Text(Data(await ReceiptAsync(customer, seller, coupon, gateway)), "code"));
    }

    [Fact]
    public async Task Nobody_but_the_owner_has_it()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var (other, path) = (NewCustomer(), ReceiptPath(customer, seller, coupon));

        foreach (var account in new[] { other, seller, await NewSellerAsync() })
            Expect.Is(await Api.SendAsync(HttpMethod.Get, path, account.Token), 403, "Only the owner may read the receipt.");
        Assert.Equal(401, (await Api.SendAsync(HttpMethod.Get, path)).Status);
        Expect.Is(await ReceiptAsync(other, seller, coupon), 404, "You own no unit of this coupon.");
        Expect.Is(await ReceiptAsync(customer, seller, "no such coupon"), 404, "No such coupon.");
    }

    [Fact]
    public async Task A_receipt_is_verified_by_OpenSSL_alone_and_a_changed_one_is_not()
    {
        var (seller, coupon, customer) = await SoldAsync("早餐 " + Names.Fresh("c"));
        var token = Text(Data(await ReceiptAsync(customer, seller, coupon)), "token");
        var parts = token.Split('.');
        var (header, payload) = (Part(parts[0]), Part(parts[1]));
        Assert.Equal(("ES256", "seckill-receipt+jwt"), (Text(header, "alg"), Text(header, "typ")));
        Assert.Equal((customer.Name, seller.Name, coupon), (Text(payload, "sub"), Text(payload, "seller"), Text(payload, "coupon")));

        var answer = await Other.SendAsync(HttpMethod.Get, "/.well-known/jwks.json");
        Assert.Equal((200, "application/json", "public, max-age=300"), (answer.Status, answer.ContentType, $"{answer.Headers.CacheControl}"));
        var key = Assert.Single(answer.Json!.Value.GetProperty("keys").EnumerateArray(), key => Text(key, "kid") == Text(header, "kid"));
        Assert.Equal(("EC", "P-256", "ES256", "sig"), (Text(key, "kty"), Text(key, "crv"), Text(key, "alg"), Text(key, "use")));
        Assert.False(key.TryGetProperty("d", out _));

        Assert.Equal("Verified OK", await VerifyAsync(token));
        var changed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{payload}".Replace(customer.Name, "somebody", StringComparison.Ordinal)));
        Assert.Equal("Verification failure", await VerifyAsync($"{parts[0]}.{changed}.{parts[2]}"));

        async Task<string> VerifyAsync(string receipt)
        {
            var script = ScriptPattern().Match(await File.ReadAllTextAsync(Path.Combine(Deployment.Root, "docs/guide/till.md"))).Groups[1].Value;
            return (await Command.RunAsync("sh", ["-c", script, "verify.sh", receipt, Text(key, "x"), Text(key, "y")])).Output.Split('\n')[0];
        }
    }

    [Fact]
    public async Task A_receipt_is_no_token_of_a_user()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var token = Text(Data(await ReceiptAsync(customer, seller, coupon)), "token");
        Assert.Equal(401, (await Api.ListAsync(token, customer.Name)).Status);
    }

    [Fact]
    public async Task A_till_redeems_a_unit_and_all_else_that_is_told_of_the_sale_knows_it()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        var typed = $"  {code[..5]}-{code[5..10]} {code[10..]} ".ToLowerInvariant().Replace('0', 'o').Replace('1', 'i');

        var unit = Data(Expect.WithFields(await RedeemAsync(seller, typed), "data", "errMsg"));

        Assert.Equal((coupon, customer.Name, 5), (Text(unit, "coupon"), Text(unit, "customer"), unit.GetProperty("stock").GetInt32()));
        var at = unit.GetProperty("redeemedAt").GetInt64();
        var claim = Assert.Single(Data(await ReadAsync(seller, coupon, "claims")).EnumerateArray());
        Assert.Equal(("redeemed", at), (Text(claim, "state"), claim.GetProperty("changedAt").GetInt64()));
        Assert.Equal(["claimed", "redeemed"], await EventsAsync(seller, coupon));
        Assert.Equal(1, Data(await ReadAsync(seller, coupon, "report")).GetProperty("redeemed").GetInt32());
        Assert.Equal(at, Data(await ReceiptAsync(customer, seller, coupon)).GetProperty("redeemedAt").GetInt64());
        Expect.NotClaimed(await ClaimAsync(customer, seller, coupon), "already-claimed");
    }

    [Fact]
    public async Task Of_fifty_tills_with_one_code_one_succeeds_and_the_others_hear_when_and_where()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => RedeemAsync(seller, code, $"till {i}", gateway: Gateways[i % Gateways.Count])));

        var won = answers.Index().Single(answer => answer.Item.Status == 200);
        var at = Data(won.Item).GetProperty("redeemedAt").GetInt64();
        Assert.All(answers.Where(answer => answer != won.Item), answer =>
        {
            Refused(answer, "redeemed");
            Assert.Equal((at, $"till {won.Index}"), (Data(answer).GetProperty("redeemedAt").GetInt64(), Text(Data(answer), "device")));
        });
        Assert.Equal(["claimed", "redeemed"], await EventsAsync(seller, coupon));
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_answered_as_the_first_and_takes_effect_once()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var (code, key) = (await CodeAsync(customer, seller, coupon), Names.Fresh("key"));
        var other = NewCustomer();
        Expect.Claimed(await ClaimAsync(other, seller, coupon));

        var first = await RedeemAsync(seller, code, key: key);
        foreach (var gateway in Gateways)
            Assert.Equal((200, first.Body), await RedeemAsync(seller, code, key: key, gateway: gateway) is var repeated ? (repeated.Status, repeated.Body) : default);

        Refused(await RedeemAsync(seller, code), "redeemed");
        Assert.Equal(422, (await RedeemAsync(seller, code, "till 2", key)).Status);
        Assert.Equal(422, (await RedeemAsync(seller, await CodeAsync(other, seller, coupon), key: key)).Status);
        Assert.Single(await EventsAsync(seller, coupon), kind => kind == "redeemed");
    }

    [Fact]
    public async Task Codes_that_are_malformed_unknown_or_another_sellers_are_answered_alike()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var stranger = await NewSellerAsync();
        var code = await CodeAsync(customer, seller, coupon);

        var answers = new List<Answer>();
        foreach (var tried in new[] { code, "00000000000000000000", code[..19] + (code[19] == '0' ? '1' : '0'), "", "早餐", new string('0', 500) })
        {
            answers.Add(await RedeemAsync(stranger, tried));
            answers.Add(await RedeemAsync(stranger, tried, key: Names.Fresh("key")));
        }
        foreach (var tried in new[] { code, "00000000000000000000", "nonsense" })
            answers.Add(await UndoAsync(stranger, tried));

        Assert.Single(answers.Select(answer => (answer.Status, answer.Body, Headers(answer))).Distinct());
        Expect.Is(answers[0], 404, Never);
        Assert.Equal(200, (await RedeemAsync(seller, code)).Status);

        static string Headers(Answer answer) => string.Join('\n', answer.Headers.Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));
    }

    [Fact]
    public async Task What_was_taken_offline_is_sent_later_the_first_wins_and_conflicts_are_kept()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var other = NewCustomer();
        Expect.Claimed(await ClaimAsync(other, seller, coupon));
        var (mine, others) = (await CodeAsync(customer, seller, coupon), await CodeAsync(other, seller, coupon));
        var first = Data(await RedeemAsync(seller, mine)).GetProperty("redeemedAt").GetInt64();
        var batch = new object[]
        {
            new { code = mine, device = "till 2", at = 1_795_701_276_288, key = Names.Fresh("key") },
            new { code = others, device = "till 2", at = 1_795_701_276_289, key = Names.Fresh("key") },
            new { code = "nonsense", device = "till 2", key = Names.Fresh("key") },
        };

        var answer = Expect.WithFields(await BatchAsync(seller, batch), "data", "errMsg");
        Assert.Equal([409, 200, 404], Statuses(answer));
        Assert.Equal("redeemed", Text(Data(answer)[0], "result"));
        // The answer may have been lost.
        Assert.Equal(answer.Body, (await BatchAsync(seller, batch)).Body);

        var conflict = Assert.Single(Data(await ReadAsync(seller, coupon, "conflicts")).EnumerateArray());
        Assert.Equal((customer.Name, "till 2", "redeemed", "till 1"), (Text(conflict, "customer"), Text(conflict, "device"), Text(conflict, "reason"), Text(conflict, "redeemedDevice")));
        Assert.Equal((1_795_701_276_288, first), (conflict.GetProperty("scannedAt").GetInt64(), conflict.GetProperty("redeemedAt").GetInt64()));
        Assert.Equal(2, Data(await ReadAsync(seller, coupon, "report")).GetProperty("redeemed").GetInt32());
    }

    [Fact]
    public async Task A_code_that_was_sent_alone_and_then_in_a_batch_is_redeemed_once_and_no_conflict()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var (code, key) = (await CodeAsync(customer, seller, coupon), Names.Fresh("key"));
        Assert.Equal(200, (await RedeemAsync(seller, code, key: key)).Status);

        Assert.Equal([200], Statuses(await BatchAsync(seller, new { code, device = "till 1", at = 1_000, key })));

        Assert.Empty(Data(await ReadAsync(seller, coupon, "conflicts")).EnumerateArray());
    }

    [Fact]
    public async Task Five_hundred_codes_are_a_batch_and_more_are_none()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        var items = Enumerable.Range(0, 500).Select(i => (object)new { code, device = new string('早', 60) + i, at = 1_795_701_276_288 + i, key = Names.Fresh("key") }).ToArray();

        var answer = await BatchAsync(seller, items);

        Assert.Equal((1, 499), (Statuses(answer).Count(status => status == 200), Statuses(answer).Count(status => status == 409)));
        Expect.Is(await BatchAsync(seller, [.. items, items[0]]), 400, "A batch has 1 to 500 items.");
        Expect.Is(await BatchAsync(seller), 400, "A batch has 1 to 500 items.");
    }

    [Fact]
    public async Task A_redemption_is_taken_back_and_the_unit_can_be_redeemed_again()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var (code, key, undo) = (await CodeAsync(customer, seller, coupon), Names.Fresh("key"), Names.Fresh("key"));
        Assert.Equal(200, (await RedeemAsync(seller, code, key: key)).Status);

        var undone = Data(await UndoAsync(seller, code.ToLowerInvariant(), undo));
        Assert.Equal((coupon, customer.Name, false), (Text(undone, "coupon"), Text(undone, "customer"), undone.TryGetProperty("redeemedAt", out _)));
        Refused(await RedeemAsync(seller, code, key: key), "undone");
        Assert.Equal(200, (await RedeemAsync(seller, code, "till 2")).Status);
        // A repeat of the first does not take the second back.
        Assert.Equal(200, (await UndoAsync(seller, code, undo)).Status);
        Refused(await RedeemAsync(seller, code), "redeemed");
        Assert.Equal(["claimed", "redeemed", "undone", "redeemed"], await EventsAsync(seller, coupon));
        Assert.Equal(1, Data(await ReadAsync(seller, coupon, "report")).GetProperty("redeemed").GetInt32());
    }

    [Fact]
    public async Task A_unit_is_either_returned_or_redeemed()
    {
        var (seller, coupon) = (await NewSellerAsync(), Names.Fresh("coupon"));
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name = coupon, amount = 3, stock = 5, returns = "once" }, seller.Token));
        var (returning, keeping) = (NewCustomer(), NewCustomer());
        foreach (var customer in new[] { returning, keeping })
            Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        var (returned, redeemed) = (await CodeAsync(returning, seller, coupon), await CodeAsync(keeping, seller, coupon));

        Assert.Equal(200, (await ReturnAsync(returning)).Status);
        Assert.Equal(200, (await RedeemAsync(seller, redeemed)).Status);

        Refused(await RedeemAsync(seller, returned), "returned");
        Assert.Equal(["returned"], (await ReceiptAsync(returning, seller, coupon)).Headers.GetValues("Receipt-Result"));
        Assert.Equal((409, "redeemed"), await ReturnAsync(keeping) is var refused ? (refused.Status, refused.Headers.GetValues("Return-Result").Single()) : default);
        Assert.Equal(200, (await UndoAsync(seller, redeemed)).Status);
        Assert.Equal(200, (await ReturnAsync(keeping)).Status);
        Assert.Equal(["claimed", "claimed", "redeemed", "returned", "returned", "undone"], (await EventsAsync(seller, coupon)).Order());

        Task<Answer> ReturnAsync(Account customer) => Api.SendAsync(HttpMethod.Delete, $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{customer.Name}", customer.Token);
    }

    [Fact]
    public async Task A_receipt_tells_until_when_the_unit_can_be_used()
    {
        var (seller, coupon, customer) = (await NewSellerAsync(), Names.Fresh("coupon"), NewCustomer());
        var until = DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeMilliseconds() / 1_000 * 1_000;
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name = coupon, amount = 3, stock = 5, redeemUntil = until }, seller.Token));
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));

        var receipt = Data(await ReceiptAsync(customer, seller, coupon));

        Assert.Equal(until, receipt.GetProperty("redeemUntil").GetInt64());
        // And the coupon does, before it is won.
        Assert.Equal(until, Data(await Api.SendAsync(HttpMethod.Get, ApiClient.CouponOf(seller.Name, coupon), customer.Token)).GetProperty("redeemUntil").GetInt64());
        Assert.Equal(until / 1_000, Part(Text(receipt, "token").Split('.')[1]).GetProperty("exp").GetInt64());
    }

    [Fact]
    public async Task Only_the_seller_redeems_and_what_cannot_be_read_changes_nothing()
    {
        var (seller, coupon, customer) = await SoldAsync();
        var code = await CodeAsync(customer, seller, coupon);
        var path = PathOf(seller);
        foreach (var account in new[] { customer, await NewSellerAsync() })
        {
            Expect.Is(await Api.PostAsync(path, new { code, device = "till 1" }, account.Token), 403, "Only the seller's tills may do this.");
            Expect.Is(await Api.PostAsync($"{path}/batch", new[] { new { code, device = "till 1" } }, account.Token), 403, "Only the seller's tills may do this.");
            Expect.Is(await Api.SendAsync(HttpMethod.Delete, $"{path}/{code}", account.Token), 403, "Only the seller's tills may do this.");
        }
        foreach (var body in new[] { "", "[]", "{}", "{\"device\":\"a\"}", $"{{\"code\":\"{code}\"}}", $"{{\"code\":\"{code}\",\"device\":\"\"}}", $"{{\"code\":\"{code}\",\"device\":\"a\",\"at\":-1}}", $"{{\"code\":\"{code}\",\"device\":\"a\",\"at\":1.5}}", $"{{\"code\":\"{code}\",\"device\":\"{new string('a', 65)}\"}}", $"{{\"code\":\"{code}\",\"device\":\"a\\u0000\"}}", $"{{\"code\":7,\"device\":\"a\"}}" })
            Expect.Refused(await Api.PostTextAsync(path, body, seller.Token), 400);
        Expect.Is(await Api.PostTextAsync($"{path}/batch", $"[{{\"code\":\"{code}\",\"device\":\"a\",\"at\":1}}]", seller.Token), 400, "key is needed in a batch.");
        foreach (var body in new[] { "{}", "[null]", "[7]", "[[]]", $"[{{\"code\":\"{code}\",\"device\":\"a\"}},{{}}]", $"[{{\"code\":\"{code}\",\"device\":\"a\",\"key\":\"\"}}]", $"[{{\"code\":\"{code}\",\"device\":\"a\",\"key\":\"é\"}}]" })
            Expect.Refused(await Api.PostTextAsync($"{path}/batch", body, seller.Token), 400);
        Assert.Equal(["claimed"], await EventsAsync(seller, coupon));
    }

    private async Task<(Account Seller, string Coupon, Account Customer)> SoldAsync(string? name = null)
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var coupon = await NewCouponAsync(seller, 3, name);
        Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        return (seller, coupon, customer);
    }

    private Task<Answer> ReceiptAsync(Account customer, Account seller, string coupon, ApiClient? gateway = null) =>
        (gateway ?? Api).SendAsync(HttpMethod.Get, ReceiptPath(customer, seller, coupon), customer.Token);

    private static string ReceiptPath(Account customer, Account seller, string coupon) =>
        $"{ApiClient.CouponOf(seller.Name, coupon)}/claims/{Uri.EscapeDataString(customer.Name)}/receipt";

    private async Task<string> CodeAsync(Account customer, Account seller, string coupon) => Text(Data(await ReceiptAsync(customer, seller, coupon)), "code");

    private static string PathOf(Account seller) => $"{ApiClient.Users}/{Uri.EscapeDataString(seller.Name)}/redemptions";

    private Task<Answer> RedeemAsync(Account seller, string code, string device = "till 1", string? key = null, ApiClient? gateway = null) =>
        (gateway ?? Other).SendAsync(
            HttpMethod.Post, PathOf(seller), seller.Token, new StringContent(JsonSerializer.Serialize(new { code, device, at = 1_795_701_276_288 })),
            request => AddKey(request, key));

    private Task<Answer> UndoAsync(Account seller, string code, string? key = null) =>
        Other.SendAsync(HttpMethod.Delete, $"{PathOf(seller)}/{code}", seller.Token, adjust: request => AddKey(request, key));

    private Task<Answer> BatchAsync(Account seller, params object[] items) => Other.PostAsync($"{PathOf(seller)}/batch", items, seller.Token);

    private Task<Answer> ReadAsync(Account seller, string coupon, string path) => Other.SendAsync(HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/{path}", seller.Token);

    private async Task<IEnumerable<string>> EventsAsync(Account seller, string coupon) =>
        [.. Data(await ReadAsync(seller, coupon, "events")).EnumerateArray().Select(item => Text(item, "kind"))];

    private static void AddKey(HttpRequestMessage request, string? key)
    {
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
    }

    private static void Refused(Answer answer, string word)
    {
        Expect.Refused(answer, 409);
        Assert.Equal([word], answer.Headers.GetValues("Redemption-Result"));
    }

    private static IEnumerable<int> Statuses(Answer answer) => [.. Data(answer).EnumerateArray().Select(item => item.GetProperty("status").GetInt32())];

    private static JsonElement Data(Answer answer) =>
        answer is { Status: < 500, Json: { } json } && json.TryGetProperty("data", out var data) ? data : throw new InvalidOperationException($"no data: {answer}");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static JsonElement Part(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement;

    [GeneratedRegex("```sh\n(# verify.*?)```", RegexOptions.Singleline)]
    private static partial Regex ScriptPattern();
}

public sealed class TillsEmbedded(SharedDeployments shared) : Tills(shared.EmbeddedAsync);

public sealed class TillsCluster(SharedDeployments shared) : Tills(shared.ClusterAsync);
