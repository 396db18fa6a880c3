using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Limits registrations and log-ins of a client address: a token bucket each. Both cost a password hash by intent, so that one client could
/// otherwise take the capacity of all. Claims and lists are never counted.
/// </summary>
internal sealed class AccountLimit(IOptions<LimitOptions> options, ProxyHint hint) : IRateLimiterPolicy<int>
{
    private const string Reason = "Too many registrations and log-ins from this address.";

    public Func<OnRejectedContext, CancellationToken, ValueTask>? OnRejected => RefuseAsync;

    public static Reply Sample => TokenBucket.Sample(Reason);

    public RateLimitPartition<int> GetPartition(HttpContext httpContext) =>
        TokenBucket.Of(ClientAddress.BucketOf(httpContext.Connection.RemoteIpAddress), everyone: 0, options.Value.AccountBurst, options.Value.AccountsPerSecond);

    private ValueTask RefuseAsync(OnRejectedContext refusal, CancellationToken cancellation)
    {
        GatewayMetrics.Rejected.Add(GatewayLimit.Accounts);
        hint.Consider(refusal.HttpContext);
        return new ValueTask(TokenBucket.Refusal(Reason, refusal.Lease).ExecuteAsync(refusal.HttpContext));
    }
}

/// <summary>Registers the limit and puts it on routes.</summary>
internal static class AccountLimits
{
    private const string Policy = "accounts";

    public static void AddAccountLimit(this IServiceCollection services) => services.AddRateLimiter(limiter => limiter.AddPolicy<int, AccountLimit>(Policy));

    /// <summary>Counts the requests to this route.</summary>
    public static TBuilder WithAccountLimit<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.RequireRateLimiting(Policy).Answers(AccountLimit.Sample);
}
