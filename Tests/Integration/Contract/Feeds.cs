using System.Net.Http.Json;
using System.Security.Cryptography;

namespace SecKill.Tests.Integration.Contract;

public abstract class Feeds(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const string Csv = "text/csv", Ndjson = "application/x-ndjson";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_seller_reads_who_claimed_in_pages_that_follow_one_another()
    {
        var (seller, coupon, customers) = await SoldAsync(7, 5);
        Assert.Equal(customers, (await PagesAsync(seller, coupon, 2)).Select(row => row.GetProperty("customer").GetString()));
        var whole = Expect.WithFields(await ReadAsync(seller, coupon, "claims"), "data", "errMsg", "next", "queued");
        Assert.Equal((200, JsonValueKind.Null, 0), (whole.Status, Field(whole, "next").ValueKind, Field(whole, "queued").GetInt32()));
        var row = Field(whole, "data")[0];
        Assert.Equal(["at", "changedAt", "customer", "seq", "state"], row.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("claimed", row.GetProperty("state").GetString());
        Assert.InRange(row.GetProperty("at").GetInt64(), DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Reading_goes_on_after_any_row_in_every_form()
    {
        var (seller, coupon, customers) = await SoldAsync(6, 6);
        foreach (var (i, row) in (await PagesAsync(seller, coupon, 1_000)).Index())
        {
            var after = $"claims?after={row.GetProperty("seq").GetInt64()}";
            Assert.Equal(customers[(i + 1)..], Field(await ReadAsync(seller, coupon, after), "data").EnumerateArray().Select(claim => claim.GetProperty("customer").GetString()));
            Assert.Equal(customers[(i + 1)..], Rows(await ReadAsync(seller, coupon, after, Csv)).Select(cells => cells[1]));
            Assert.Equal(customers[(i + 1)..], Lines(await ReadAsync(seller, coupon, after, Ndjson)).Select(line => line.GetProperty("customer").GetString()));
        }
    }

    [Fact]
    public async Task An_export_tells_at_its_end_how_much_it_is_and_a_page_of_it_where_to_go_on()
    {
        var (seller, coupon, _) = await SoldAsync(5, 3);
        var lines = Lines(await ReadAsync(seller, coupon, "claims?limit=2", Ndjson), out var end);
        Assert.Equal((2, 2, lines[^1].GetProperty("seq").GetInt64()), (lines.Count, end.GetProperty("count").GetInt32(), end.GetProperty("next").GetInt64()));
        Lines(await ReadAsync(seller, coupon, "claims", Ndjson), out end);
        Assert.Equal((3, false), (end.GetProperty("count").GetInt32(), end.TryGetProperty("next", out _)));
        Assert.Equal(3, Rows(await ReadAsync(seller, coupon, "claims", Csv)).Count);
        Assert.Empty(Lines(await ReadAsync(seller, coupon, "events?after=99", Ndjson)));
    }

    /// <summary>Names are the customers' choice, and open on the seller's machine.</summary>
    [Fact]
    public async Task A_customers_name_is_no_formula_in_a_sellers_spreadsheet()
    {
        string[] names = ["=1+1", "+1", "-1", "@SUM(A1)", "a,\"b\"", "陈明 🎫", "'"];
        var (seller, coupon) = (await NewSellerAsync(), Names.Fresh("coupon"));
        await NewCouponAsync(seller, names.Length, coupon);
        foreach (var name in names)
            Expect.Claimed(await ClaimAsync(NewCustomer(name), seller, coupon));
        await RecordedAsync(seller, coupon, names.Length);

        var cells = Rows(await ReadAsync(seller, coupon, "claims", Csv)).Select(row => row[1]);
        Assert.Equal(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "a,\"b\"", "陈明 🎫", "'"], cells);
        Assert.Equal(names, Lines(await ReadAsync(seller, coupon, "claims", Ndjson)).Select(line => line.GetProperty("customer").GetString()));
        var one = Field(await ReadAsync(seller, coupon, $"claims?customer={Uri.EscapeDataString("=1+1")}"), "data");
        Assert.Equal("=1+1", Assert.Single(one.EnumerateArray()).GetProperty("customer").GetString());
        Assert.Empty(Field(await ReadAsync(seller, coupon, "claims?customer=nobody"), "data").EnumerateArray());
    }

    [Fact]
    public async Task Events_are_numbered_as_the_claims_are()
    {
        var (seller, coupon, customers) = await SoldAsync(5, 3);
        var events = Field(Expect.WithFields(await ReadAsync(seller, coupon, "events"), "data", "errMsg", "next", "queued"), "data").EnumerateArray().ToArray();
        Assert.Equal(customers, events.Select(item => item.GetProperty("customer").GetString()));
        Assert.All(events, item => Assert.Equal("claimed", item.GetProperty("kind").GetString()));
        Assert.Equal((await PagesAsync(seller, coupon, 10)).Select(row => row.GetProperty("seq").GetInt64()), events.Select(item => item.GetProperty("no").GetInt64()));
        Assert.Equal(["no", "kind", "customer", "at"], (await ReadAsync(seller, coupon, "events", Csv)).Body.Split("\r\n")[0].Split(','));
    }

    [Fact]
    public async Task A_report_adds_up_and_is_settled_when_all_is_recorded()
    {
        var (seller, coupon, customers) = await SoldAsync(4, 3);
        Expect.NotClaimed(await ClaimAsync(NewCustomer(customers[0]), seller, coupon), "already-claimed");
        var report = await ReportAsync(seller, coupon, report => Number(report, "owners") == 3 && report.GetProperty("settled").GetBoolean());
        Adds(report, amount: 4, left: 1);
        Assert.False(report.TryGetProperty("soldOutAt", out _));
        Assert.True(Number(report, "firstClaimAt") <= Number(report, "lastClaimAt"));

        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        Expect.NotClaimed(await ClaimAsync(NewCustomer(), seller, coupon), "sold-out");
        report = await ReportAsync(seller, coupon, report => Number(report, "owners") == 4 && report.GetProperty("settled").GetBoolean());
        Adds(report, amount: 4, left: 0);
        Assert.Equal(Number(report, "lastClaimAt"), Number(report, "soldOutAt"));
        // They are reported once a second.
        report = await ReportAsync(seller, coupon, report => report.GetProperty("refusals") is var refusals && Number(refusals, "soldOut") == 1 && Number(refusals, "alreadyClaimed") == 1);
        Assert.True(report.GetProperty("refusals").GetProperty("lossy").GetBoolean());
    }

    [Fact]
    public async Task A_change_is_an_event_between_the_claims_and_one_that_takes_the_rest_away_is_when_it_was_sold_out()
    {
        var (seller, coupon, customers) = await SoldAsync(9, 2);
        var path = ApiClient.CouponOf(seller.Name, coupon);
        var last = Number(await ReportAsync(seller, coupon, report => Number(report, "owners") == 2), "lastClaimAt");
        var closed = await Api.SendAsync(HttpMethod.Put, $"{path}/amount", seller.Token, JsonContent.Create(new { amount = "sold" }));
        Assert.True(closed.Status == 200, $"{closed}");

        var report = await ReportAsync(seller, coupon, report => Number(report, "amount") == 2 && report.GetProperty("settled").GetBoolean());
        Adds(report, amount: 2, left: 0);
        Assert.True(Number(report, "soldOutAt") > last, $"sold out at {Number(report, "soldOutAt")}, last claim at {last}");
        var events = Field(await ReadAsync(seller, coupon, "events"), "data").EnumerateArray().ToArray();
        Assert.Equal(["claimed", "claimed", "changed"], events.Select(item => item.GetProperty("kind").GetString()));
        Assert.False(events[2].TryGetProperty("customer", out _));
        Assert.Equal(["2", "changed", "", $"{events[2].GetProperty("at").GetInt64()}"], Rows(await ReadAsync(seller, coupon, "events?after=2", Csv)).Single().Select((cell, i) => i == 0 ? "2" : cell));

        Assert.Equal([coupon], await SearchAsync(seller, seller, "state=soldOut"));
        Assert.Equal(200, (await Api.SendAsync(HttpMethod.Post, $"{path}/pause", seller.Token, JsonContent.Create(new { reason = "closed" }))).Status);
        Assert.Equal([coupon], await SearchAsync(seller, seller, "state=paused"));
        Assert.Equal(customers.Length, (await PagesAsync(seller, coupon, 1_000)).Count);
    }

    [Fact]
    public async Task Nobody_but_the_seller_reads_them()
    {
        var (seller, coupon, customers) = await SoldAsync(2, 1);
        var other = await NewSellerAsync();
        foreach (var path in new[] { "claims", "events", "report" })
        {
            foreach (var type in new[] { null, Csv, Ndjson })
            {
                foreach (var account in new[] { other, NewCustomer(customers[0]), NewCustomer(seller.Name) })
                    Expect.Refused(await ReadAsync(account with { Name = seller.Name }, coupon, path, type), 403);
                Expect.Refused(await ReadAsync(seller with { Token = "forged" }, coupon, path, type), 401);
                Expect.Is(await ReadAsync(seller, "nothing", path, type), 404, "No such coupon.");
            }
        }
    }

    [Theory]
    [InlineData("claims?after=")]
    [InlineData("claims?after=-1")]
    [InlineData("claims?after=x")]
    [InlineData("claims?after=9223372036854775808")]
    [InlineData("claims?after=1&after=2")]
    [InlineData("claims?limit=0")]
    [InlineData("claims?limit=1001")]
    [InlineData("claims?limit=1.5")]
    [InlineData("claims?customer=")]
    [InlineData("claims?customer=a%00")]
    [InlineData("claims?page=1")]
    [InlineData("events?customer=anna")]
    [InlineData("events?after=%201")]
    [InlineData("report?after=1")]
    public async Task A_query_that_cannot_be_read_is_400(string query)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        foreach (var type in query.StartsWith("report", StringComparison.Ordinal) ? [null] : new[] { null, Csv, Ndjson })
            Expect.Refused(await ReadAsync(seller, coupon, query, type), 400);
    }

    [Fact]
    public async Task A_form_that_there_is_not_is_406_and_the_liked_one_is_taken()
    {
        var (seller, coupon, _) = await SoldAsync(2, 1);
        Expect.Refused(await ReadAsync(seller, coupon, "claims", "text/html"), 406);
        Expect.Refused(await ReadAsync(seller, coupon, "events", "image/*"), 406);
        Assert.Equal(Csv, (await ReadAsync(seller, coupon, "claims", "text/html, text/*;q=0.5")).ContentType);
        Assert.Equal(Ndjson, (await ReadAsync(seller, coupon, "claims", "application/json;q=0.1, application/x-ndjson")).ContentType);
        Assert.Equal("application/json", (await ReadAsync(seller, coupon, "claims", "*/*")).ContentType);
    }

    [Fact]
    public async Task HEAD_is_answered_as_GET_in_every_form()
    {
        var (seller, coupon, _) = await SoldAsync(2, 1);
        foreach (var path in new[] { "claims", "events" })
        {
            foreach (var type in new[] { "application/json", Csv, Ndjson })
            {
                var head = await Other.SendAsync(HttpMethod.Head, $"{ApiClient.CouponOf(seller.Name, coupon)}/{path}", seller.Token, adjust: request => request.Headers.TryAddWithoutValidation("Accept", type));
                Assert.Equal((200, type, ""), (head.Status, head.ContentType, head.Body));
            }
        }
        Assert.Equal(200, (await Other.SendAsync(HttpMethod.Head, $"{ApiClient.CouponOf(seller.Name, coupon)}/report", seller.Token)).Status);
    }

    [Fact]
    public async Task A_coupon_of_any_name_has_a_feed()
    {
        var (seller, coupon) = (await NewSellerAsync(), "50% a/b {优}:?");
        await NewCouponAsync(seller, 1, coupon);
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        await RecordedAsync(seller, coupon, 1);
    }

    [Fact]
    public async Task A_sellers_coupons_are_searched_by_cursor_text_and_state()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        var names = Enumerable.Range(0, 45).Select(i => i % 3 == 0 ? $"Tea {i:00}" : $"cake {i:00}").ToArray();
        foreach (var name in names)
            await NewCouponAsync(seller, 1, name);
        foreach (var name in names[..9])
            Expect.Claimed(await ClaimAsync(customer, seller, name));

        Assert.Equal(names, await SearchAsync(customer, seller, "after=0"));
        Assert.Equal(names.Where(name => name.StartsWith("Tea", StringComparison.Ordinal)), await SearchAsync(seller, seller, "q=tEA"));
        Assert.Equal(names[..9], await SearchAsync(customer, seller, "state=soldOut"));
        Assert.Equal(names[9..].Where(name => name.StartsWith("cake", StringComparison.Ordinal)), await SearchAsync(customer, seller, "state=open&q=cake"));
        Assert.Empty(await SearchAsync(customer, seller, "q=%25"));
        Assert.Empty(await SearchAsync(customer, seller, "state=ended"));
        var row = Field(await Other.SendAsync(HttpMethod.Get, ApiClient.CouponsOf(seller.Name) + "?q=Tea%2000", customer.Token), "data")[0];
        Assert.Equal("""{"name":"Tea 00","stock":5,"description":"","amount":1,"left":0,"state":"soldOut"}""", row.GetRawText());
    }

    [Theory]
    [InlineData("after=x")]
    [InlineData("after=-1")]
    [InlineData("state=closed")]
    [InlineData("state=")]
    [InlineData("q=")]
    [InlineData("q=a&q=b")]
    [InlineData("after=0&page=2")]
    public async Task A_search_that_cannot_be_read_is_400(string query)
    {
        var seller = await NewSellerAsync();
        Expect.Refused(await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(seller.Name)}?{query}", seller.Token), 400);
    }

    [Fact]
    public async Task A_customers_own_list_is_no_shop_to_search()
    {
        var customer = NewCustomer();
        Expect.Refused(await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(customer.Name)}?q=a", customer.Token), 400);
        Expect.Is(await Api.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(Names.Fresh("nobody"))}?q=a", customer.Token), 400, "Record not found.");
    }

    private async Task<(Account Seller, string Coupon, string[] Customers)> SoldAsync(int amount, int claims)
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, amount);
        var customers = Enumerable.Range(0, claims).Select(_ => NewCustomer()).ToArray();
        foreach (var customer in customers)
            Expect.Claimed(await ClaimAsync(customer, seller, coupon));
        await RecordedAsync(seller, coupon, claims);
        return (seller, coupon, [.. customers.Select(customer => customer.Name)]);
    }

    private Task RecordedAsync(Account seller, string coupon, int claims) => Eventually.EqualAsync(
        "the claims are recorded", claims, async () => Field(await ReadAsync(seller, coupon, "claims"), "data").GetArrayLength(), _soon);

    private async Task<IReadOnlyList<JsonElement>> PagesAsync(Account seller, string coupon, int limit)
    {
        var rows = new List<JsonElement>();
        for (long? after = 0; after is not null;)
        {
            var page = await ReadAsync(seller, coupon, $"claims?limit={limit}&after={after}");
            rows.AddRange(Field(page, "data").EnumerateArray());
            after = Field(page, "next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }
        return rows;
    }

    private async Task<IReadOnlyList<string?>> SearchAsync(Account reader, Account seller, string query)
    {
        var names = new List<string?>();
        for (long? after = null; ;)
        {
            var page = await Other.SendAsync(HttpMethod.Get, $"{ApiClient.CouponsOf(seller.Name)}?{(after is null ? query : $"{query.Replace("after=0", "", StringComparison.Ordinal)}&after={after}")}", reader.Token);
            Expect.WithFields(page, "data", "errMsg", "next");
            names.AddRange(Field(page, "data").EnumerateArray().Select(coupon => coupon.GetProperty("name").GetString()));
            if (Field(page, "next") is not { ValueKind: JsonValueKind.Number } next)
                return names;
            after = next.GetInt64();
        }
    }

    private async Task<JsonElement> ReportAsync(Account seller, string coupon, Predicate<JsonElement> holds) => await Eventually.HoldsAsync(
        "the report", "as it must become", async () => Field(await ReadAsync(seller, coupon, "report"), "data"), report => holds(report), _soon);

    private Task<Answer> ReadAsync(Account seller, string coupon, string path, string? accept = null) => Other.SendAsync(
        HttpMethod.Get, $"{ApiClient.CouponOf(seller.Name, coupon)}/{path}", seller.Token,
        adjust: request => request.Headers.TryAddWithoutValidation("Accept", accept is null ? [] : [accept]));

    private static void Adds(JsonElement report, int amount, int left)
    {
        Assert.Equal((amount, left), (Number(report, "amount"), Number(report, "left")));
        Assert.Equal(amount, Number(report, "owners") + Number(report, "held") + Number(report, "left"));
        Assert.Equal(Number(report, "owners"), Number(report, "claimed") - Number(report, "returned"));
        Assert.Equal((0, 0, 0), (Number(report, "queued"), Number(report, "redeemed"), Number(report, "waiting")));
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static JsonElement Field(Answer answer, string name) =>
        answer.Json is { } json && json.TryGetProperty(name, out var value) ? value : throw new InvalidOperationException($"no {name}: {answer}");

    private static IReadOnlyList<JsonElement> Lines(Answer answer) => Lines(answer, out _);

    /// <summary>The lines of a complete export, but for its end.</summary>
    private static IReadOnlyList<JsonElement> Lines(Answer answer, out JsonElement end)
    {
        Assert.Equal((200, Ndjson), (answer.Status, answer.ContentType));
        var lines = answer.Body.TrimEnd('\n').Split('\n');
        end = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.True(end.GetProperty("end").GetBoolean());
        Assert.Equal((lines.Length - 1, Digest(answer.Body[..^(lines[^1].Length + 1)])), (end.GetProperty("count").GetInt32(), end.GetProperty("sha256").GetString()));
        return [.. lines[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>The rows of a complete export, between its names and its end.</summary>
    private static IReadOnlyList<string[]> Rows(Answer answer)
    {
        Assert.Equal((200, Csv), (answer.Status, answer.ContentType));
        var lines = answer.Body.Split("\r\n")[..^1];
        var end = lines[^1].Split(',');
        Assert.Equal((lines[0].Split(',').Length, "end", $"{lines.Length - 2}", Digest(answer.Body[..^(lines[^1].Length + 2)])), (end.Length, end[0], end[1], end[2]));
        return [.. lines[1..^1].Select(Cells)];
    }

    private static string[] Cells(string line)
    {
        var (cells, isQuoted) = (new List<StringBuilder> { new() }, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"')
                cells[^1].Append(line[i++]);
            else if (line[i] == '"')
                isQuoted = !isQuoted;
            else if (line[i] == ',' && !isQuoted)
                cells.Add(new StringBuilder());
            else
                cells[^1].Append(line[i]);
        }
        return [.. cells.Select(cell => cell.ToString())];
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

public sealed class FeedsEmbedded(SharedDeployments shared) : Feeds(shared.EmbeddedAsync);

public sealed class FeedsCluster(SharedDeployments shared) : Feeds(shared.ClusterAsync);
