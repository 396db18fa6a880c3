using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;
using SecKill.Gateway.Telemetry;

namespace SecKill.Gateway.Limits;

/// <summary>
/// How many registrations and log-ins a client address may ask for: a token bucket each. Both cost a password hash by intent, so that
/// one client could otherwise take all the places of the others. Claims and lists are never counted.
/// </summary>
internal sealed partial class AccountLimit(IOptions<LimitOptions> options, ILogger<AccountLimit> logger) : IRateLimiterPolicy<int>
{
    // The limiter looks after its buckets ten times a second, and may be that late in filling one.
    private static readonly TimeSpan _refillDelay = TimeSpan.FromMilliseconds(100);

    private readonly LimitOptions _limits = options.Value;
    private bool _hasWarned;

    /// <inheritdoc/>
    public Func<OnRejectedContext, CancellationToken, ValueTask>? OnRejected => RefuseAsync;

    /// <inheritdoc/>
    public RateLimitPartition<int> GetPartition(HttpContext httpContext) => _limits.AccountBurst == 0
        ? RateLimitPartition.GetNoLimiter(0)
        : RateLimitPartition.GetTokenBucketLimiter(ClientAddress.BucketOf(httpContext.Connection.RemoteIpAddress), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = _limits.AccountBurst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1 / _limits.AccountsPerSecond),
            // A client that has to wait does so itself, and not in our memory.
            QueueLimit = 0,
        });

    private async ValueTask RefuseAsync(OnRejectedContext refusal, CancellationToken cancellation)
    {
        GatewayMetrics.Rejected.Add(GatewayLimit.Accounts);
        var context = refusal.HttpContext;
        if (context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName) && !Interlocked.Exchange(ref _hasWarned, true))
            LogNotBelieved(context.Connection.RemoteIpAddress);
        var wait = refusal.Lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : TimeSpan.Zero;
        var seconds = Math.Ceiling((wait + _refillDelay).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = seconds;
        await Reply.With(StatusCodes.Status429TooManyRequests, $"Too many registrations and log-ins from this address. Try again in {seconds} s.").ExecuteAsync(context);
    }

    [LoggerMessage(LogLevel.Warning,
        "{Address} is over its limit of registrations and log-ins, and sends X-Forwarded-For. If it is a proxy of yours, name it in Limits:TrustedProxies; else all behind it share one limit. Told once.")]
    private partial void LogNotBelieved(IPAddress? address);
}

/// <summary>Puts the limit into the pipeline and on routes.</summary>
internal static class AccountLimits
{
    private const string Policy = "accounts";

    /// <summary>Adds what it needs.</summary>
    public static void AddAccountLimit(this IServiceCollection services) => services.AddRateLimiter(limiter => limiter.AddPolicy<int, AccountLimit>(Policy));

    /// <summary>Counts the requests to this route.</summary>
    public static TBuilder WithAccountLimit<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.RequireRateLimiting(Policy);

    /// <summary>Limits the routes that are counted; after routing.</summary>
    public static void UseAccountLimit(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<LimitOptions>>().Value.Proxies;
        if (proxies.Count > 0)
            app.UseWhen(IsCounted, counted => counted.UseForwardedHeaders(Believing(proxies)));
        app.UseRateLimiter();
    }

    private static bool IsCounted(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not null;

    /// <summary>Goes back along the proxies as long as they are trusted; the first address that is not is the client's.</summary>
    private static ForwardedHeadersOptions Believing(IReadOnlyList<System.Net.IPNetwork> proxies)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(proxy);
        return options;
    }
}
