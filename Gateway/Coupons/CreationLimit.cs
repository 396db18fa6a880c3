using System.Threading.RateLimiting;

namespace SecKill.Gateway.Coupons;

/// <summary>Limits how many coupons a seller creates: a token bucket each. A coupon is kept for ever, in Redis and in SQL.</summary>
internal sealed class CreationLimit(IOptions<LimitOptions> options) : IDisposable
{
    private const string Reason = "Too many coupons of this seller.";

    // Sellers have registered, which is limited; a bucket that is full again is dropped after some seconds.
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        seller => TokenBucket.Of(seller, everyone: "", options.Value.CouponBurst, options.Value.CouponsPerSecond));

    public static Reply Sample => TokenBucket.Sample(Reason);

    /// <summary>Counts a creation.</summary>
    /// <returns>The refusal; null if the seller may create one.</returns>
    public Reply? Count(string seller)
    {
        using var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return null;
        GatewayMetrics.Rejected.Add(GatewayLimit.Coupons);
        return TokenBucket.Refusal(Reason, lease);
    }

    public void Dispose() => _limiter.Dispose();
}
