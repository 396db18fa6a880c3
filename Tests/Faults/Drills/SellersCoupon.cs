using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;
using StackExchange.Redis;

namespace SecKill.Tests.Faults.Drills;

/// <summary>A coupon as its seller handles it while it sells, as operators do, and as both stores have it.</summary>
internal sealed class SellersCoupon(Deployment deployment, OnSale coupon)
{
    // A request whose silo has died is made by another one, while it was answered 503 already.
    private const string InProgress = "in-progress";

    private static readonly TimeSpan _decided = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _agreed = TimeSpan.FromSeconds(90);

    private readonly ApiClient[] _gateways = [.. deployment.Gateways.Select(gateway => new ApiClient(gateway))];
    private readonly ConcurrentQueue<string> _contradictions = new();
    private readonly string _token = new Tokens(deployment.SigningKey).Mint(coupon.Seller, Tokens.Seller);
    private readonly string _path = ApiClient.CouponOf(coupon.Seller, coupon.Name);

    /// <summary>The settings of a cluster that has operators' routes.</summary>
    public static Dictionary<string, string?> Settings { get; } = new() { ["Admin__Key"] = "the-operators-secret-of-the-drills" };

    public OnSale OnSale => coupon;

    /// <summary>Where equal versions had other terms, whenever the stores were read.</summary>
    public IEnumerable<string> Contradictions => _contradictions;

    /// <summary>Puts a coupon of a new seller on sale.</summary>
    /// <param name="starts">In milliseconds since 1970; null for at once.</param>
    /// <param name="ends">Likewise; null for never.</param>
    /// <param name="returns"><c>once</c> if owners may give their unit back.</param>
    /// <param name="waitlist">How many may wait.</param>
    public static async Task<SellersCoupon> CreateAsync(Deployment deployment, int amount, long? starts = null, long? ends = null, string? returns = null, int waitlist = 0)
    {
        var created = new SellersCoupon(deployment, new OnSale(Names.Fresh("seller"), Names.Fresh("coupon"), amount));
        Expect.Created(await created.SendAsync(
            HttpMethod.Post, ApiClient.CouponsOf(created.OnSale.Seller), new { name = created.OnSale.Name, amount, stock = 1, startsAt = starts, endsAt = ends, returns, waitlist }));
        return created;
    }

    /// <summary>Has the seller create another coupon.</summary>
    public Task<Answer> CreateAnotherAsync(string name, int amount, string key) =>
        SendAsync(HttpMethod.Post, ApiClient.CouponsOf(coupon.Seller), new { name, amount, stock = 1 }, key);

    /// <summary>Sends a change once.</summary>
    public Task<Answer> SendAsync(Change change, int gateway = 0) => SendAsync(change.Method, $"{_path}/{change.Route}", change.Body, change.Key, gateway);

    /// <summary>Sends a change until it is known what became of it, as a seller may who gives it a key.</summary>
    public Task<Answer> DecidedAsync(Change change, int gateway = 0) => Eventually.HoldsAsync(
        $"the change {change.Route} is decided", "200 or a refusal", () => SendAsync(change, gateway),
        answer => answer.Status is not 503 && !(answer.Headers.TryGetValues("Change-Result", out var words) && words.Contains(InProgress)), _decided);

    /// <summary>The coupon as all see it.</summary>
    public async Task<JsonElement> ViewAsync() => (await AnsweredAsync("", gateway: _gateways.Length - 1)).GetProperty("data");

    /// <summary>Has operators rebuild the stock; 503 is no fault.</summary>
    public Task<Answer> RebuildAsync() => SendAsync(HttpMethod.Post, $"/api/admin/rebuild?{Query}", null, gateway: _gateways.Length - 1);

    /// <summary>The equations of the report.</summary>
    /// <returns>What it says.</returns>
    public async Task<JsonElement> AddsUpAsync()
    {
        var report = (await AnsweredAsync("/report")).GetProperty("data");
        long Number(string name) => report.GetProperty(name).GetInt64();
        Assert.True(Number("amount") == Number("owners") + Number("held") + Number("left") && Number("owners") == Number("claimed") - Number("returned"), $"{report}");
        return report;
    }

    /// <summary>Waits until both stores have the same terms and nothing is set aside; then the report adds up, and an audit agrees.</summary>
    /// <param name="isQuiet">Whether nothing is being won; then every claim reaches the ledger, and each name is looked at.</param>
    /// <returns>The terms.</returns>
    public async Task<StoredTerms> SettledAsync(bool isQuiet)
    {
        var (ledger, _) = await Eventually.HoldsAsync(
            "both stores have the same terms and nothing is set aside", "so", StoresAsync, stores => stores.Redis == stores.Ledger, _agreed);
        string[] verdicts = isQuiet ? ["\"verdict\":\"agrees\""] : ["\"verdict\":\"agrees\"", "\"verdict\":\"draining\""];
        await Eventually.HoldsAsync(
            "an audit agrees", string.Join(" or ", verdicts), async () => (await SendAsync(HttpMethod.Get, $"/api/admin/audit?{Query}&deep={(isQuiet ? "true" : "false")}", null)).Body,
            found => Array.Exists(verdicts, verdict => found.Contains(verdict, StringComparison.Ordinal)), _agreed);
        await AddsUpAsync();
        return ledger;
    }

    /// <summary>The terms in both stores.</summary>
    public async Task<(StoredTerms Ledger, StoredTerms? Redis)> StoresAsync()
    {
        // The ledger gets a change first: read last, it is not behind.
        var redis = await RedisAsync();
        var ledger = await LedgerAsync();
        if (redis?.Version == ledger.Version && redis with { Held = 0 } != ledger)
            _contradictions.Enqueue($"Version {ledger.Version} was {ledger} in the ledger and {redis} in Redis.");
        return (ledger, redis);
    }

    /// <summary>When changes with this key were recorded, in microseconds since 1970.</summary>
    public async Task<IReadOnlyList<long>> RecordedAsync(Change change) =>
        [.. (await ReadAsync($"SELECT request, at FROM operations WHERE request = '{change.Key}'")).Select(row => row.Number)];

    /// <summary>The claims in the ledger, in the order of their decisions, with the time of each by the clock that decided.</summary>
    public Task<IReadOnlyList<(string Customer, long Micros)>> RowsAsync() =>
        ReadAsync($"SELECT username, claimed_at FROM claims JOIN coupons ON id = coupon_id WHERE name = '{coupon.Name}' ORDER BY claimed_at");

    /// <summary>Who has joined the waiting list, in line, and whether they were served; by the ledger.</summary>
    public async Task<IReadOnlyList<(string Customer, bool IsServed)>> LineAsync() =>
        [.. (await ReadAsync($"SELECT username, CASE WHEN served_at IS NULL THEN 0 ELSE 1 END FROM waiting JOIN coupons ON id = coupon_id WHERE name = '{coupon.Name}' ORDER BY no"))
            .Select(row => (row.Text, row.Number == 1))];

    /// <summary>As <see cref="LineAsync"/>, and whether they have left.</summary>
    public async Task<IReadOnlyList<(string Customer, bool IsServed, bool HasLeft)>> FullLineAsync() =>
        [.. (await ReadAsync(
                $"SELECT username, CASE WHEN served_at IS NULL THEN 0 ELSE 1 END + CASE WHEN left_at IS NULL THEN 0 ELSE 2 END FROM waiting JOIN coupons ON id = coupon_id WHERE name = '{coupon.Name}' ORDER BY no"))
            .Select(row => (row.Text, row.Number % 2 == 1, row.Number >= 2))];

    /// <summary>What became of each unit, by the ledger.</summary>
    public async Task<IReadOnlyList<(string Customer, bool IsReturned, bool IsRedeemed)>> UnitsAsync() =>
        [.. (await ReadAsync(
                $"SELECT username, CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END + CASE WHEN redeemed_at IS NULL THEN 0 ELSE 2 END FROM claims JOIN coupons ON id = coupon_id WHERE name = '{coupon.Name}'"))
            .Select(row => (row.Text, row.Number % 2 == 1, row.Number >= 2))];

    /// <summary>How many returns Redis has, and then the ledger.</summary>
    public async Task<(long Ledger, long Redis)> BothReturnedAsync()
    {
        var redis = await deployment.Redis!.GetDatabase().SetLengthAsync(Keys[3]);
        return (await ReturnedAsync(), redis);
    }

    /// <summary>How many joins and leaves, and how many claims, Redis has that the ledger may lack.</summary>
    public async Task<(long Waits, long Claims)> UnrecordedAsync()
    {
        var redis = deployment.Redis!.GetDatabase();
        return (await redis.ListLengthAsync(Keys[StockKeys.Fenced + 2]), await redis.ListLengthAsync(Keys[2]));
    }

    /// <summary>How many returns the ledger has.</summary>
    public async Task<long> ReturnedAsync() => (await ReadAsync($"SELECT name, returned FROM coupons WHERE name = '{coupon.Name}'"))[0].Number;

    /// <summary>The events in the order of their numbers.</summary>
    public async Task<IReadOnlyList<(long No, string Kind, string? Customer)>> EventsAsync()
    {
        var events = new List<(long, string, string?)>();
        for (var after = 0L; ;)
        {
            var page = (await AnsweredAsync($"/events?after={after}&limit=1000")).GetProperty("data").EnumerateArray()
                .Select(one => (No: one.GetProperty("no").GetInt64(), one.GetProperty("kind").GetString()!, one.GetProperty("customer").GetString())).ToArray();
            if (page.Length == 0)
                return events;
            events.AddRange(page);
            after = page[^1].No;
        }
    }

    /// <summary>The time by the clock that decides about claims, in microseconds since 1970.</summary>
    public async Task<long> NowAsync()
    {
        var time = (string[])(await deployment.Redis!.GetDatabase().ExecuteAsync("TIME"))!;
        return (long.Parse(time[0], CultureInfo.InvariantCulture) * 1_000_000) + long.Parse(time[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The coupon's hash, owners and outbox in Redis.</summary>
    public RedisKey[] Keys => StockKeys.OfCoupon(CouponId.Known(coupon.Seller, coupon.Name));

    private string Query => $"seller={coupon.Seller}&coupon={coupon.Name}";

    /// <param name="sql">Names in it are this drill's own.</param>
    private async Task<IReadOnlyList<(string Text, long Number)>> ReadAsync(string sql)
    {
        await using var ledger = await deployment.OpenLedgerAsync();
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, long)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetString(0), reader.GetInt64(1)));
        return rows;
    }

    private async Task<StoredTerms> LedgerAsync()
    {
        await using var ledger = await deployment.OpenLedgerAsync();
        await using var command = ledger.CreateCommand();
        command.CommandText = $"SELECT version, amount, starts_at, ends_at, paused_at FROM coupons WHERE name = '{coupon.Name}'";
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync(), $"The ledger has no {coupon.Name}.");
        return new StoredTerms(row.GetInt64(0), row.GetInt64(1), Micros(2), Micros(3), !row.IsDBNull(4), 0);

        long? Micros(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }

    /// <returns>Null while the stock is closed, or was lost.</returns>
    private async Task<StoredTerms?> RedisAsync()
    {
        var fields = await deployment.Redis!.GetDatabase().HashGetAsync(Keys[0], ["version", "amount", "starts", "ends", "paused", "held"]);
        return fields[1].IsNull ? null : new StoredTerms((long?)fields[0] ?? 0, (long)fields[1], Micros(fields[2]), Micros(fields[3]), fields[4] == "1", (long?)fields[5] ?? 0);

        static long? Micros(RedisValue field) => field.IsNullOrEmpty ? null : (long)field;
    }

    private async Task<JsonElement> AnsweredAsync(string route, int gateway = 0) => (await Eventually.HoldsAsync(
        $"the coupon{route} is read", "200", () => SendAsync(HttpMethod.Get, _path + route, null, gateway: gateway), answer => answer.Status == 200, _decided)).Json!.Value;

    /// <summary>Has a till redeem a unit, once.</summary>
    public Task<Answer> RedeemAsync(string code, string device, string key, int gateway) =>
        SendAsync(HttpMethod.Post, $"{ApiClient.Users}/{coupon.Seller}/redemptions", new { code, device }, key, gateway);

    /// <summary>Has the seller take a redemption back, once.</summary>
    public Task<Answer> UndoAsync(string code, string key, int gateway) =>
        SendAsync(HttpMethod.Delete, $"{ApiClient.Users}/{coupon.Seller}/redemptions/{code}", null, key, gateway);

    private Task<Answer> SendAsync(HttpMethod method, string path, object? body, string? key = null, int gateway = 0)
    {
        var content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        var token = path.StartsWith("/api/admin", StringComparison.Ordinal) ? $"Bearer {Settings["Admin__Key"]}" : _token;
        return _gateways[gateway].SendAsync(method, path, token, content, request =>
        {
            if (key is not null)
                request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        });
    }
}

/// <summary>A coupon's terms in a store; times in microseconds since 1970.</summary>
internal sealed record StoredTerms(long Version, long Amount, long? Starts, long? Ends, bool IsPaused, long Held)
{
    /// <summary>Whether units may be won under these terms, but for the number left.</summary>
    public bool MaySell(long micros) => !IsPaused && !(Starts > micros) && !(Ends <= micros);
}

/// <summary>A change that a seller asks for, with a key of its own.</summary>
internal sealed record Change(HttpMethod Method, string Route, object? Body = null)
{
    public string Key { get; } = Names.Fresh("key");

    /// <summary>Whether what is asked for depends on how many units are owned when it is made.</summary>
    public bool IsSold => $"{Body}".Contains("sold", StringComparison.Ordinal);

    public static Change Pause(string? reason = null) => new(HttpMethod.Post, "pause", new { reason });

    public static Change Resume() => new(HttpMethod.Post, "resume");

    public static Change Amount(object amount) => new(HttpMethod.Put, "amount", new { amount });

    public static Change EndNow() => new(HttpMethod.Put, "window", new { endsAt = "now" });

    public static Change NoEnd() => new(HttpMethod.Put, "window", new { endsAt = (long?)null });
}
