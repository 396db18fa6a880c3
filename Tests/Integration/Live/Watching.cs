using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Live;

/// <summary>The live endpoint, as docs/guide/live.md has it.</summary>
public abstract class Watching(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly string[] _saleFields =
    [
        "seller", "name", "amount", "left", "won", "soldOut", "queued", "drainLag", "claims", "stock", "description", "silo", "silos", "errMsg", "time",
    ];

    private static readonly string[] _boardFields = ["sales", "claims", "silos", "since", "errMsg", "time"];

    [Fact]
    public async Task Every_watcher_sees_the_stock_at_once_and_then_each_claim_whichever_gateway_took_it()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 10);
        var streams = await Task.WhenAll(Deployment.Gateways.Select(gateway => LiveStream.OpenAsync(gateway, LiveStream.PathOf(seller.Name, coupon))));
        foreach (var stream in streams)
        {
            var first = await stream.ReadUntilAsync("The first reading", _ => true);
            Assert.Equal((10, 10, 0, false), (Int(first, "amount"), Int(first, "left"), Int(first, "won"), first.GetProperty("soldOut").GetBoolean()));
            Assert.Equal((seller.Name, coupon, ""), (Text(first, "seller"), Text(first, "name"), Text(first, "errMsg")));
        }

        foreach (var gateway in Gateways.Concat(Gateways).Concat(Gateways))
            Expect.Claimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon));

        var claims = 3 * Gateways.Count;
        foreach (var stream in streams)
        {
            var seen = await stream.ReadUntilAsync("All claims show, and are drained", reading =>
                Int(reading, "won") == claims && Count(reading, "claimed") == claims && Int(reading, "queued") == 0);
            Assert.Equal(10 - claims, Int(seen, "left"));
            Assert.Equal(0, seen.GetProperty("drainLag").GetDouble());
            Assert.InRange(Int(seen, "silos"), 1, 2);
            Assert.Superset(_saleFields.ToHashSet(), seen.EnumerateObject().Select(field => field.Name).ToHashSet());
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Refusals_are_counted_by_their_reason_those_that_a_gateway_gave_by_itself_too()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[0], LiveStream.PathOf(seller.Name, coupon));
        var winner = NewCustomer();
        Expect.Claimed(await ClaimAsync(winner, seller, coupon));
        foreach (var gateway in Gateways)
        {
            Expect.NotClaimed(await gateway.ClaimAsync(winner.Token, seller.Name, coupon), "already-claimed");
            for (var i = 0; i < 5; i++)
                Expect.NotClaimed(await gateway.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "sold-out");
        }

        var seen = await stream.ReadUntilAsync("All are counted", reading =>
            Count(reading, "soldOut") == 5 * Gateways.Count && Count(reading, "alreadyClaimed") == Gateways.Count && Count(reading, "claimed") == 1);
        Assert.True(seen.GetProperty("soldOut").GetBoolean());
        Assert.Equal(0, Count(seen, "undecided"));
    }

    [Fact]
    public async Task While_claims_come_a_rate_shows_and_afterwards_none()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1000);
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[0], LiveStream.PathOf(seller.Name, coupon));
        await stream.ReadUntilAsync("Nobody claims", reading => Rate(reading, "claimed") == 0);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Gateways[i % Gateways.Count].ClaimAsync(NewCustomer().Token, seller.Name, coupon)));

        await stream.ReadUntilAsync("A rate", reading => Rate(reading, "claimed") > 0);
        // Gateways report each at its own time, so the rate may be none in between.
        await stream.ReadUntilAsync("None", reading => Rate(reading, "claimed") == 0 && Count(reading, "claimed") == 50);
    }

    [Fact]
    public async Task The_board_has_a_sale_from_its_creation_on_and_its_claims()
    {
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[^1], "/api/live");
        var seller = await NewSellerAsync();
        // Tests beside this one create more at a time than the board shows; then a later one must be on it.
        var coupons = new List<string>();
        string? coupon = null;
        while (coupon is null && coupons.Count < 30)
        {
            coupons.Add(await NewCouponAsync(seller, 3));
            await stream.ReadUntilAsync("A reading", board =>
            {
                coupon = coupons.Find(name => Find(board, seller.Name, name) is { } sale && Int(sale, "left") == 3);
                return true;
            });
        }
        Assert.NotNull(coupon);
        var before = await stream.ReadUntilAsync("Any", board => board.GetProperty("silos").GetInt32() > 0);

        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));

        var after = await stream.ReadUntilAsync("It is claimed", board =>
            Find(board, seller.Name, coupon) is { } sale && Int(sale, "left") == 2 && Count(sale, "claimed") == 1);
        Assert.True(Count(after, "claimed") > Count(before, "claimed"));
        Assert.InRange(after.GetProperty("sales").GetArrayLength(), 1, 20);
    }

    [Fact]
    public async Task Units_that_are_left_while_customers_wait_are_not_for_sale()
    {
        var (seller, name) = (await NewSellerAsync(), Names.Fresh("coupon"));
        Expect.Created(await Api.PostAsync(ApiClient.CouponsOf(seller.Name), new { name, amount = 1, stock = 1, waitlist = 5 }, seller.Token));
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[^1], LiveStream.PathOf(seller.Name, name));
        var open = await stream.ReadUntilAsync("The first reading", _ => true);
        Assert.Equal((1, 0, "open", false), (Int(open, "left"), Int(open, "waiting"), Text(open, "state"), open.GetProperty("soldOut").GetBoolean()));
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, name));
        var customer = NewCustomer();
        Check.Equal(201, (await Api.SendAsync(HttpMethod.Put, $"{ApiClient.CouponOf(seller.Name, name)}/waiting/{customer.Name}", customer.Token)).Status, "join");
        await stream.ReadUntilAsync("One waits", reading => Int(reading, "waiting") == 1 && Text(reading, "state") == "soldOut");

        // A pause serves nobody, so that they stay.
        await ChangeAsync(HttpMethod.Post, "pause", "{}");
        await ChangeAsync(HttpMethod.Put, "amount", """{"amount":3}""");
        var raised = await stream.ReadUntilAsync("Units are left", reading => Int(reading, "left") == 2);
        Assert.Equal((1, 1, "paused", true), (Int(raised, "won"), Int(raised, "waiting"), Text(raised, "state"), raised.GetProperty("soldOut").GetBoolean()));

        await ChangeAsync(HttpMethod.Post, "resume", "{}");
        var served = await stream.ReadUntilAsync("The one is served", reading => Int(reading, "waiting") == 0 && Text(reading, "state") == "open");
        Assert.Equal((2, 1, false), (Int(served, "won"), Int(served, "left"), served.GetProperty("soldOut").GetBoolean()));

        async Task ChangeAsync(HttpMethod method, string route, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            Check.Equal(200, (await Api.SendAsync(method, $"{ApiClient.CouponOf(seller.Name, name)}/{route}", seller.Token, content)).Status, route);
        }
    }

    [Fact]
    public async Task It_is_a_stream_of_events_with_numbers_that_nobody_may_keep_or_collect()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 2);
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[0], LiveStream.PathOf(seller.Name, coupon));
        var first = await stream.NextAsync();
        Expect.Claimed(await ClaimAsync(NewCustomer(), seller, coupon));
        var second = await stream.NextAsync();

        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.ToString());
        Assert.True(stream.Response.Headers.CacheControl?.NoStore);
        Assert.Equal("no", Assert.Single(stream.Response.Headers.GetValues("X-Accel-Buffering")));
        Assert.InRange(stream.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        Assert.True(int.Parse(second!.Value.EventId!) > int.Parse(first!.Value.EventId!));
    }

    [Fact]
    public async Task Whoever_wants_JSON_gets_one_reading()
    {
        var seller = await NewSellerAsync();
        var coupon = Names.Fresh("coupon");
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, coupon, 7, stock: 30, "早餐"));
        foreach (var gateway in Gateways)
        {
            var sale = await OnceAsync(gateway, LiveStream.PathOf(seller.Name, coupon));
            Assert.Equal((200, "", 7), (sale.Status, sale.ErrMsg, Int(sale.Json!.Value, "left")));
            Assert.Equal((30, "早餐"), (Int(sale.Json.Value, "stock"), Text(sale.Json.Value, "description")));
            var board = await OnceAsync(gateway, "/api/live/");
            Assert.Equal((200, ""), (board.Status, board.ErrMsg));
            Assert.Superset(_boardFields.ToHashSet(), board.Fields.ToHashSet());
            Assert.InRange(board.Json!.Value.GetProperty("since").GetInt64(), 1, board.Json.Value.GetProperty("time").GetInt64());
        }
    }

    [Fact]
    public async Task A_coupon_that_does_not_exist_cannot_be_watched_until_it_does()
    {
        var seller = await NewSellerAsync();
        var coupon = Names.Fresh("later");
        Expect.Is(await Api.SendAsync(HttpMethod.Get, LiveStream.PathOf(seller.Name, coupon)), 404, "No such coupon.");
        Expect.Is(await Api.SendAsync(HttpMethod.Get, LiveStream.PathOf(seller.Name, new string('x', 61))), 404, "No such coupon.");
        Expect.Refused(await Api.SendAsync(HttpMethod.Get, $"/api/live/{seller.Name}/%FF"), 400);
        Expect.Refused(await Api.SendAsync(HttpMethod.Get, $"/api/live/{seller.Name}"), 404);
        Expect.Refused(await Api.SendAsync(HttpMethod.Post, "/api/live"), 405);

        await NewCouponAsync(seller, 1, coupon);

        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[0], LiveStream.PathOf(seller.Name, coupon));
        await stream.ReadUntilAsync("It is there", reading => Int(reading, "left") == 1);
    }

    [Theory]
    [InlineData("a/b %2F c")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("早餐 🥟\u2028 \"x\"\\")]
    public async Task Names_of_any_characters_can_be_watched(string name)
    {
        var seller = await NewSellerAsync($"{Names.Tag()}/%41<s>");
        await NewCouponAsync(seller, 1, name);
        await using var stream = await LiveStream.OpenAsync(Deployment.Gateways[0], LiveStream.PathOf(seller.Name, name));
        var seen = await stream.ReadUntilAsync("It is there", _ => true);
        Assert.Equal((seller.Name, name), (Text(seen, "seller"), Text(seen, "name")));
    }

    private static Task<Answer> OnceAsync(ApiClient gateway, string path) =>
        gateway.SendAsync(HttpMethod.Get, path, adjust: request => request.Headers.Add("Accept", "application/json"));

    private static JsonElement? Find(JsonElement board, string seller, string coupon) =>
        board.GetProperty("sales").EnumerateArray().Where(sale => (Text(sale, "seller"), Text(sale, "name")) == (seller, coupon))
            .Select(sale => (JsonElement?)sale).SingleOrDefault();

    private static int Int(JsonElement reading, string field) => reading.GetProperty(field).GetInt32();

    private static string? Text(JsonElement reading, string field) => reading.GetProperty(field).GetString();

    private static long Count(JsonElement reading, string outcome) => reading.GetProperty("claims").GetProperty(outcome).GetInt64();

    private static double? Rate(JsonElement reading, string outcome) =>
        reading.TryGetProperty("perSecond", out var rates) ? rates.GetProperty(outcome).GetDouble() : null;
}

public sealed class WatchingEmbedded(SharedDeployments shared) : Watching(shared.EmbeddedAsync);

public sealed class WatchingCluster(SharedDeployments shared) : Watching(shared.ClusterAsync);
