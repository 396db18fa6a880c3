namespace SecKill.Grains.Stock;

/// <summary>
/// The names of the keys. All keys of a coupon share one hash tag, and so one slot of a Redis Cluster; the tag is
/// percent-encoded, so no name can break it.
/// </summary>
internal static class StockKeys
{
    private const string CouponPrefix = "coupon:{";

    /// <summary>The record of log-outs, and the latest of them (sorted sets), in the order in which the script wants them.</summary>
    public static readonly RedisKey[] LogOuts = ["sessions:{log-outs}", "sessions:{log-outs}:latest"];

    /// <summary>Where earlier versions kept the log-outs (sorted set).</summary>
    public static readonly RedisKey EarlierLogOuts = "sessions:revoked";

    /// <summary>The mark of the deployment to which this Redis belongs (string).</summary>
    public static readonly RedisKey Deployment = "deployment";

    /// <summary>The lease of the silo that watches the ledger (string).</summary>
    public static readonly RedisKey LedgerWatch = "ledger:watch";

    /// <summary>
    /// Written to test whether Redis takes writes. Several, so that on a Redis Cluster almost certainly each node holds some.
    /// </summary>
    public static readonly RedisKey[] Probes = [.. Enumerable.Range(0, 16).Select(i => (RedisKey)$"seckill:probe:{{{i}}}")];

    /// <summary>How many of a coupon's keys fence.lua declares for every coupon: the first ones. See also <see cref="FencedOf"/>.</summary>
    public const int Fenced = 4;

    /// <summary>
    /// Coupon, owners, outbox, returned, the outbox in preparation, waiting, waitlog, and the waitlog in preparation: in the order in which the
    /// scripts want them that rebuild the stock.
    /// </summary>
    public static RedisKey[] OfCoupon(CouponId id)
    {
        var hash = $"{CouponPrefix}{id.Key}}}";
        return [hash, $"{hash}:owners", $"{hash}:queue", $"{hash}:returned", $"{hash}:queue:next", $"{hash}:waiting", $"{hash}:waitlog", $"{hash}:waitlog:next"];
    }

    /// <summary>Of a coupon's keys those that fence.lua declares, with those of the waiting list.</summary>
    public static RedisKey[] FencedOf(RedisKey[] keys) => [.. keys.AsSpan(0, Fenced), keys[Fenced + 1], keys[Fenced + 2]];

    /// <summary>Matches the first key of every coupon, and of those keys no other: percent-encoding leaves no brace in a name.</summary>
    public static readonly RedisValue AnyCoupon = $"{CouponPrefix}*}}";

    /// <summary>Reads the first key of a coupon.</summary>
    public static bool TryParseCoupon(RedisKey key, out CouponId id)
    {
        var text = ((string?)key)!;
        var tag = text[CouponPrefix.Length..^1];
        id = default;
        if (!tag.Contains('/', StringComparison.Ordinal))
            return false;
        id = CouponId.Parse(tag);
        return id.Key == tag;
    }

    /// <summary>A user's list of coupons.</summary>
    public static RedisKey CouponsOf(string username) => $"user:{{{Uri.EscapeDataString(username)}}}:coupons";
}
