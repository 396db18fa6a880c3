using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.Telemetry;

namespace SecKill.Gateway.Coupons;

/// <summary>Limits how many coupons a seller creates: a token bucket each. A coupon is kept for ever, in Redis and in SQL.</summary>
internal sealed class CreationLimit(IOptions<LimitOptions> options) : IDisposable
{
    // Sellers have registered, which is limited; a bucket that is full again is dropped after some seconds.
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(seller => options.Value.CouponBurst == 0
        ? RateLimitPartition.GetNoLimiter(seller)
        : RateLimitPartition.GetTokenBucketLimiter(seller, _ => TokenBucket.Of(options.Value.CouponBurst, options.Value.CouponsPerSecond)));

    /// <summary>429.</summary>
    public static Reply Refusal(int seconds) => TokenBucket.Refusal("Too many coupons of this seller.", seconds);

    /// <summary>Counts a creation.</summary>
    /// <returns>The refusal; null if the seller may create one.</returns>
    public Reply? Count(string seller)
    {
        using var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return null;
        GatewayMetrics.Rejected.Add(GatewayLimit.Coupons);
        return Refusal(TokenBucket.SecondsToWait(lease));
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
