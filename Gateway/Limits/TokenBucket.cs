using System.Globalization;
using System.Threading.RateLimiting;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Limits;

/// <summary>What limits by token buckets have in common.</summary>
internal static class TokenBucket
{
    // A partitioned limiter looks after its buckets ten times a second, and may be that late in filling one.
    private static readonly TimeSpan _refillDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>A bucket of a size that is filled at a rate.</summary>
    public static TokenBucketRateLimiterOptions Of(int burst, double perSecond) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1 / perSecond),
        // A client that has to wait does so itself, and not in our memory.
        QueueLimit = 0,
    };

    /// <summary>429, with a Retry-After after which one is let in.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="lease">That was refused.</param>
    /// <param name="what">What there was too much of.</param>
    public static IResult Refuse(HttpContext context, RateLimitLease lease, string what)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : TimeSpan.Zero;
        var seconds = Math.Ceiling((wait + _refillDelay).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = seconds;
        return Reply.With(StatusCodes.Status429TooManyRequests, $"{what} Try again in {seconds} s.");
    }
}
