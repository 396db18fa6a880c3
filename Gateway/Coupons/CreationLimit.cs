using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Limits;
using SecKill.Gateway.Telemetry;

namespace SecKill.Gateway.Coupons;

/// <summary>How many coupons a seller may create: a token bucket each. A coupon is kept for ever, in Redis and in SQL.</summary>
internal sealed class CreationLimit(IOptions<LimitOptions> options) : IDisposable
{
    // Sellers have registered, which is limited; a bucket that is full again is forgotten after some seconds.
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(seller => options.Value.CouponBurst == 0
        ? RateLimitPartition.GetNoLimiter(seller)
        : RateLimitPartition.GetTokenBucketLimiter(seller, _ => TokenBucket.Of(options.Value.CouponBurst, options.Value.CouponsPerSecond)));

    /// <summary>Counts a creation.</summary>
    /// <returns>The refusal; null where the seller may create one.</returns>
    public IResult? Count(HttpContext context, string seller)
    {
        using var lease = _limiter.AttemptAcquire(seller);
        if (lease.IsAcquired)
            return null;
        GatewayMetrics.Rejected.Add(GatewayLimit.Coupons);
        return TokenBucket.Refuse(context, lease, "Too many coupons of this seller.");
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
