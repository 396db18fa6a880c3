using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;

namespace SecKill.Research.Baselines;

/// <summary>A coupon as a seller sends it.</summary>
internal sealed record NewCoupon(string Name, int Amount, int Stock, string? Description);

/// <summary>A coupon in a list; a customer's own lacks amount and left.</summary>
internal sealed record ListedCoupon(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("stock")] int Stock,
    [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("amount"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Amount,
    [property: JsonPropertyName("left"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Left);

/// <summary>The textbook's stock: one script a claim, one a list.</summary>
internal sealed class TextbookStock : IAsyncDisposable
{
    public const string Claimed = "claimed";

    private static readonly string _claim = Script("textbook-claim.lua");
    private static readonly string _list = Script("textbook-list.lua");

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _redis;

    private TextbookStock(ConnectionMultiplexer connection)
    {
        _connection = connection;
        _redis = connection.GetDatabase();
    }

    public static async Task<TextbookStock> ConnectAsync(string redis) => new(await ConnectionMultiplexer.ConnectAsync(redis));

    public async Task CreateAsync(string seller, NewCoupon coupon)
    {
        await _redis.StringSetAsync(Left(seller, coupon.Name), coupon.Amount);
        await _redis.StringSetAsync($"terms:{seller}/{coupon.Name}", JsonSerializer.Serialize(coupon));
        await _redis.ListRightPushAsync($"list:{seller}", $"{seller}/{coupon.Name}");
    }

    /// <returns>The word for the header <c>Claim-Result</c>.</returns>
    public async Task<string> ClaimAsync(string seller, string name, string customer)
    {
        RedisKey[] keys = [Left(seller, name), $"owners:{seller}/{name}", $"list:{customer}"];
        // EVALSHA: the library knows which scripts the server has.
        return (string)(await _redis.ScriptEvaluateAsync(_claim, keys, [customer, $"{seller}/{name}"]))!;
    }

    /// <summary>The first page.</summary>
    public async Task<IReadOnlyList<ListedCoupon>> ListAsync(string user)
    {
        var rows = (RedisResult[])(await _redis.ScriptEvaluateAsync(_list, [$"list:{user}"]))!;
        return Array.ConvertAll(rows, row =>
        {
            var (key, terms, left) = ((string)row[0]!, (string)row[1]!, (int)row[2]);
            var coupon = JsonSerializer.Deserialize<NewCoupon>(terms)!;
            var isOwn = key.StartsWith($"{user}/", StringComparison.Ordinal);
            return new ListedCoupon(coupon.Name, coupon.Stock, coupon.Description, isOwn ? coupon.Amount : null, isOwn ? left : null);
        });
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static RedisKey Left(string seller, string name) => $"left:{seller}/{name}";

    private static string Script(string name)
    {
        using var stream = typeof(TextbookStock).Assembly.GetManifestResourceStream(name)!;
        return new StreamReader(stream).ReadToEnd();
    }
}
