using System.Threading.RateLimiting;

namespace SecKill.Gateway.Limits;

/// <summary>Limits what a seller may leave in the stores for ever: a token bucket each.</summary>
internal abstract class SellerLimit(string reason, GatewayLimit limit, int burst, double perSecond) : IDisposable
{
    // Sellers have registered, which is limited; a bucket that is full again is dropped after some seconds.
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        seller => TokenBucket.Of(seller, everyone: "", burst, perSecond));

    /// <summary>Counts one.</summary>
    /// <returns>The refusal; null if the seller may.</returns>
    public Reply? Count(string seller)
    {
        using var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return null;
        GatewayMetrics.Rejected.Add(limit);
        return TokenBucket.Refusal(reason, lease);
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>Limits how many coupons a seller creates. A coupon is kept for ever, in Redis and in SQL.</summary>
internal sealed class CreationLimit(IOptions<LimitOptions> options)
    : SellerLimit(Reason, GatewayLimit.Coupons, options.Value.CouponBurst, options.Value.CouponsPerSecond)
{
    private const string Reason = "Too many coupons of this seller.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}

/// <summary>Limits how often a seller changes coupons. The record of a change is kept for ever.</summary>
internal sealed class ChangeLimit(IOptions<LimitOptions> options)
    : SellerLimit(Reason, GatewayLimit.Changes, options.Value.ChangeBurst, options.Value.ChangesPerSecond)
{
    private const string Reason = "Too many changes by this seller.";

    public static Reply Sample => TokenBucket.Sample(Reason);
}
