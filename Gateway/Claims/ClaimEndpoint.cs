using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace SecKill.Gateway.Claims;

/// <summary>Answers claims, for the pipeline and for <see cref="HotRoutes"/>.</summary>
internal sealed class ClaimEndpoint(ClaimChannels channels)
{
    /// <summary>The response header with the outcome.</summary>
    public const string ResultHeader = "Claim-Result";

    /// <summary>The response header of a claim before the start of the sale: how many milliseconds remain, by the authority's clock.</summary>
    public const string StartsInHeader = "Claim-Starts-In";

    /// <summary>The response header of a claim by a customer who waits: the place in line.</summary>
    public const string PositionHeader = "Waiting-Position";

    private static readonly Reply _noCustomer = Reply.Unauthorized("Sellers aren't allowed to get coupons.");

    private static readonly Dictionary<ClaimOutcome, Reply> _replies = new()
    {
        [ClaimOutcome.Claimed] = Reply.With(StatusCodes.Status201Created).WithHeader(ResultHeader, "claimed"),
        [ClaimOutcome.SoldOut] = NotClaimed("sold-out"),
        [ClaimOutcome.AlreadyClaimed] = NotClaimed("already-claimed"),
        [ClaimOutcome.NoSuchCoupon] = NotClaimed("no-such-coupon"),
        [ClaimOutcome.NotStarted] = NotClaimed("not-started").WithHeader("Retry-After", "90").WithHeader(StartsInHeader, "89500"),
        [ClaimOutcome.Ended] = NotClaimed("ended"),
        [ClaimOutcome.Paused] = NotClaimed("paused").WithHeader("Retry-After", "1"),
        [ClaimOutcome.Returned] = NotClaimed("returned"),
        [ClaimOutcome.Waiting] = NotClaimed("waiting").WithHeader(PositionHeader, "3"),
        [ClaimOutcome.Undecided] = Reply.Unavailable("The claim could not be decided. Try again."),
    };

    /// <summary>What the route answers.</summary>
    internal static Reply[] Replies => [.. _replies.Values, _noCustomer];

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ClaimChannels>();
        services.AddHostedService(provider => provider.GetRequiredService<ClaimChannels>());
        services.AddSingleton<WaitChannels>();
        services.AddHostedService(provider => provider.GetRequiredService<WaitChannels>());
        services.AddSingleton<ClaimEndpoint>();
        services.AddSingleton<HotRoutes>();
    }

    public static void Map(WebApplication app) => app.MapPatch("/api/users/{user}/coupons/{coupon}", app.Services.GetRequiredService<ClaimEndpoint>().ClaimAsync)
        .RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("claimCoupon").Answers(Replies);

    /// <summary>Claim a unit of a coupon</summary>
    /// <remarks>
    /// Customers only; one unit a customer. A claim that was answered 201 is permanent. Safe to send again: the owner is then answered `already-claimed`,
    /// whatever the sale is at. Where the sale has a beginning, an end, or is paused, others hear `not-started`, `ended` or `paused`. A customer in
    /// line hears `waiting` with the place. Who has returned a unit hears
    /// `returned` for ever.
    /// </remarks>
    /// <response code="201">Claimed.</response>
    /// <response code="204">Not claimed; the header tells why.</response>
    /// <response code="401">No valid token, or a seller's.</response>
    internal async Task ClaimAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (caller.Kind != UserKind.Customer)
        {
            await _noCustomer.ExecuteAsync(context);
            return;
        }
        // GatewayMetrics measures claims. The server's own metrics cost many times as much and tell less.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } server)
            server.MetricsDisabled = true;
        var since = Stopwatch.GetTimestamp();
        // A name that no coupon can have needs no call.
        var outcome = CouponId.TryParse(path.User, path.Coupon, out var coupon)
            ? await channels.ClaimAsync(coupon, caller.Name.Value)
            : ClaimOutcome.NoSuchCoupon;
        GatewayMetrics.Answered(outcome, since);
        await (outcome switch
        {
            ClaimOutcome.NotStarted => AnswerNotStarted(context, channels.StartsIn(coupon)),
            ClaimOutcome.Waiting => AnswerWaiting(context, channels.PlaceOf(coupon, caller.Name.Value)),
            _ => _replies[outcome].ExecuteAsync(context),
        });
    }

    /// <summary>With the place that the claim's reply told.</summary>
    private static Task AnswerWaiting(HttpContext context, long? place)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers[ResultHeader] = "waiting";
        // Missing where another claim of the same customer has taken it in this moment.
        if (place is { } position)
            response.Headers[PositionHeader] = position.ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    /// <summary>With the time until the start.</summary>
    private static Task AnswerNotStarted(HttpContext context, TimeSpan startsIn)
    {
        var milliseconds = (long)Math.Ceiling(startsIn.TotalMilliseconds);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers[ResultHeader] = "not-started";
        response.Headers[StartsInHeader] = milliseconds.ToString(CultureInfo.InvariantCulture);
        response.Headers.RetryAfter = Math.Max(1, (milliseconds + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    private static Reply NotClaimed(string why) => new Reply(StatusCodes.Status204NoContent).WithHeader(ResultHeader, why);
}
