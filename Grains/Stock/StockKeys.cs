using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;
using StackExchange.Redis;

namespace SecKill.Grains.Stock;

/// <summary>
/// The names of the keys. All keys of a coupon share one hash tag, and so one slot of a Redis Cluster; the tag is
/// percent-encoded, so no name can break it.
/// </summary>
internal static class StockKeys
{
    /// <summary>The logged-out tokens (sorted set).</summary>
    public static readonly RedisKey Revoked = "sessions:revoked";

    /// <summary>Coupon, owners, queue, and the queue in preparation, in the order in which the scripts want them.</summary>
    public static RedisKey[] OfCoupon(CouponId id)
    {
        var hash = $"coupon:{{{id.Key}}}";
        return [hash, $"{hash}:owners", $"{hash}:queue", $"{hash}:queue:next"];
    }

    /// <summary>A user's list of coupons.</summary>
    public static RedisKey CouponsOf(string username) => $"user:{{{UserKey.Of(username)}}}:coupons";
}
