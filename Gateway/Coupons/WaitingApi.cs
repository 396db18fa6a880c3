using System.ComponentModel;
using SecKill.Gateway.Claims;

namespace SecKill.Gateway.Coupons;

/// <summary>Wait for a unit of a coupon that is sold out.</summary>
internal static class WaitingApi
{
    /// <summary>The response header with the outcome.</summary>
    public const string ResultHeader = "Waiting-Result";

    private const string Route = "/api/users/{user}/coupons/{coupon}/waiting/{me}";

    private static readonly Reply _left = Reply.With(StatusCodes.Status200OK);
    private static readonly Reply _notTheCustomer = Reply.With(StatusCodes.Status403Forbidden, "Customers wait for themselves only.");
    private static readonly Reply _notWaiting = Reply.With(StatusCodes.Status404NotFound, "Not waiting.");
    private static readonly Reply _undecided = Reply.Unavailable("It could not be decided. Try again.");

    private static readonly Dictionary<WaitOutcome, Reply> _refusals = new()
    {
        [WaitOutcome.AlreadyClaimed] = Conflict("already-claimed", "You have one already."),
        [WaitOutcome.Returned] = Conflict("returned", "You have returned one, and cannot have another."),
        [WaitOutcome.Full] = Conflict("full", "As many wait as may."),
        [WaitOutcome.NotSoldOut] = Conflict("not-sold-out", "The coupon is not sold out."),
        [WaitOutcome.Ended] = Conflict("ended", "The sale has ended."),
        [WaitOutcome.NoWaitlist] = Conflict("no-waitlist", "This coupon has no waiting list."),
    };

    public static void MapWaiting(this IEndpointRouteBuilder routes)
    {
        var waiting = routes.MapGroup("").RequireAuthorization().WithTags(ApiOverview.Coupons);
        waiting.MapPut(Route, JoinAsync).WithName("joinWaitingList").Takes(RouteParameter.User("me", "The customer's own name."))
            .Answers([PlaceAnswer.Sample(StatusCodes.Status201Created), PlaceAnswer.Sample(StatusCodes.Status200OK), _notTheCustomer, SaleApi.NoSuchCoupon, .. _refusals.Values, WaitLimit.Sample, _undecided]);
        waiting.MapGet(Route, ReadAsync).WithName("readPlaceInLine").Takes(RouteParameter.User("me", "The customer's own name."))
            .Answers([PlaceAnswer.Sample(StatusCodes.Status200OK), _notTheCustomer, SaleApi.NoSuchCoupon, _notWaiting, _refusals[WaitOutcome.NoWaitlist]]);
        waiting.MapDelete(Route, LeaveAsync).WithName("leaveWaitingList").Takes(RouteParameter.User("me", "The customer's own name."))
            .Answers([_left, _notTheCustomer, SaleApi.NoSuchCoupon, _refusals[WaitOutcome.AlreadyClaimed], _refusals[WaitOutcome.NoWaitlist], WaitLimit.Sample, _undecided]);
    }

    /// <summary>Join the waiting list</summary>
    /// <remarks>
    /// Customers only, of a coupon that has a waiting list and is sold out. Joining is consent: who is served owns the unit, as after a claim, and is
    /// never asked again. While anybody waits no claim wins; units that come back go to those in line, in the order in which they joined. Safe to
    /// send again: who waits already is answered 200 with the place.
    /// </remarks>
    /// <response code="200">In line already; the place, and how many wait.</response>
    /// <response code="201">In line now; the place, and how many wait.</response>
    /// <response code="401">No valid token.</response>
    /// <response code="403">A seller, or another customer's name.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">Not in line; the header tells why.</response>
    /// <response code="429">Not done: too many joins by this customer.</response>
    internal static async Task<IResult> JoinAsync(HttpContext context, Caller caller, PathNames path, WaitChannels channels, WaitLimit limit)
    {
        if ((FindRefusal(context, caller, path, out var coupon) ?? limit.Count(caller.Name.Value)) is { } refusal)
            return refusal;
        var waited = await channels.AskAsync(coupon, isJoin: true, caller.Name.Value);
        return waited.Outcome switch
        {
            WaitOutcome.Joined => TypedResults.Json(PlaceAnswer.Of(waited.Place, waited.Of), AnswerJson.Options, statusCode: StatusCodes.Status201Created),
            WaitOutcome.Waiting => TypedResults.Ok(PlaceAnswer.Of(waited.Place, waited.Of)),
            var other => Refusal(other),
        };
    }

    /// <summary>Leave the waiting list</summary>
    /// <remarks>Customers only. Safe to send again: who does not wait is answered 200.</remarks>
    /// <response code="200">Not in line any more.</response>
    /// <response code="401">No valid token.</response>
    /// <response code="403">A seller, or another customer's name.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">The customer owns a unit, perhaps served meanwhile; or the coupon has no waiting list.</response>
    /// <response code="429">Not done: too many joins by this customer.</response>
    internal static async Task<IResult> LeaveAsync(HttpContext context, Caller caller, PathNames path, WaitChannels channels, WaitLimit limit)
    {
        if ((FindRefusal(context, caller, path, out var coupon) ?? limit.Count(caller.Name.Value)) is { } refusal)
            return refusal;
        var waited = await channels.AskAsync(coupon, isJoin: false, caller.Name.Value);
        return waited.Outcome == WaitOutcome.Left ? _left : Refusal(waited.Outcome);
    }

    /// <summary>Read the place in line</summary>
    /// <remarks>Customers only. Place 0: the customer owns a unit.</remarks>
    /// <response code="200">The place, and how many wait.</response>
    /// <response code="401">No valid token.</response>
    /// <response code="403">A seller, or another customer's name.</response>
    /// <response code="404">No such coupon, or the customer does not wait.</response>
    /// <response code="409">The coupon has no waiting list.</response>
    internal static async Task<IResult> ReadAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains)
    {
        if (FindRefusal(context, caller, path, out var coupon) is { } refusal)
            return refusal;
        return await grains.GetGrain<ICouponGrain>(coupon.Key).Place(caller.Name.Value) switch
        {
            null => SaleApi.NoSuchCoupon,
            { Position: -1 } => _notWaiting,
            { Position: < 0 } => _refusals[WaitOutcome.NoWaitlist],
            { } place => TypedResults.Ok(PlaceAnswer.Of(place.Position, place.Of)),
        };
    }

    private static Reply? FindRefusal(HttpContext context, Caller caller, PathNames path, out CouponId coupon)
    {
        coupon = default;
        // "", "api", "users", seller, "coupons", coupon, "waiting", me
        if (caller.Kind != UserKind.Customer || PathNames.Segments(context, least: 8)[7] != caller.Name.Value)
            return _notTheCustomer;
        return CouponId.TryParse(path.User, path.Coupon, out coupon) ? null : SaleApi.NoSuchCoupon;
    }

    private static Reply Refusal(WaitOutcome outcome) =>
        outcome == WaitOutcome.NoSuchCoupon ? SaleApi.NoSuchCoupon : _refusals.GetValueOrDefault(outcome, _undecided);

    private static Reply Conflict(string word, string errMsg) => Reply.With(StatusCodes.Status409Conflict, errMsg).WithHeader(ResultHeader, word);
}

/// <summary>The answer with a place in line.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The place.</param>
internal sealed record PlaceAnswer(string ErrMsg, PlaceData Data)
{
    /// <summary>What it looks like.</summary>
    public static Reply Sample(int status) => new(status, Of(3, 27), "in-line");

    public static PlaceAnswer Of(long position, long of) => new("", new PlaceData(position, of));
}

/// <summary>A place in line.</summary>
/// <param name="Position">From 1 on; 0 for a customer who owns a unit.</param>
/// <param name="Of">How many wait.</param>
internal sealed record PlaceData([property: Description("From 1 on; 0: the customer owns a unit.")] long Position, [property: Description("How many wait.")] long Of);
