namespace SecKill.Gateway.Coupons;

/// <summary>Give a unit back.</summary>
internal static class ReturnsApi
{
    /// <summary>The response header with the outcome.</summary>
    public const string ResultHeader = "Return-Result";

    private static readonly Reply _returned = Reply.With(StatusCodes.Status200OK).WithHeader(ResultHeader, "returned");
    private static readonly Reply _notTheOwner = Reply.With(StatusCodes.Status403Forbidden, "Customers return their own units only.");
    private static readonly Reply _noClaim = Reply.With(StatusCodes.Status404NotFound, "No such claim.");
    private static readonly Reply _notAllowed = Conflict("no-returns", "This coupon takes no returns.");
    private static readonly Reply _tooLate = Conflict("too-late", "This coupon takes no returns any more.");
    private static readonly Reply _redeemed = Conflict("redeemed", "The unit was redeemed.");

    public static void MapReturns(this IEndpointRouteBuilder routes) =>
        routes.MapDelete("/api/users/{user}/coupons/{coupon}/claims/{me}", ReturnAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("returnCoupon")
            .Answers(_returned, _notTheOwner, SaleApi.NoSuchCoupon, _noClaim, _notAllowed, _tooLate, _redeemed, ReturnLimit.Sample)
            .Takes(RouteParameter.User("me", "The customer's own name."));

    /// <summary>Return a unit</summary>
    /// <remarks>
    /// The unit's owner only, of a coupon with `returns`, also while it is paused or over, until `returnUntil` by the clock of the server that decides.
    /// The unit is for sale again; who returned it cannot have another. Safe to send again: who has returned it is answered 200.
    /// </remarks>
    /// <response code="200">Returned, now or before.</response>
    /// <response code="401">No valid token.</response>
    /// <response code="403">A seller, or another customer's unit.</response>
    /// <response code="404">No such coupon, or the customer has no unit of it.</response>
    /// <response code="409">Not returned; the header tells why.</response>
    /// <response code="429">Not done: too many returns by this customer.</response>
    internal static async Task<IResult> ReturnAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, ReturnLimit limit)
    {
        // "", "api", "users", seller, "coupons", coupon, "claims", me
        if (caller.Kind != UserKind.Customer || PathNames.Segments(context, least: 8)[7] != caller.Name.Value)
            return _notTheOwner;
        if (!CouponId.TryParse(path.User, path.Coupon, out var coupon))
            return SaleApi.NoSuchCoupon;
        if (limit.Count(caller.Name.Value) is { } tooMany)
            return tooMany;
        return await grains.GetGrain<ICouponGrain>(coupon.Key).Return(caller.Name.Value) switch
        {
            ReturnStatus.Returned => _returned,
            ReturnStatus.NoSuchCoupon => SaleApi.NoSuchCoupon,
            ReturnStatus.NoClaim => _noClaim,
            ReturnStatus.TooLate => _tooLate,
            ReturnStatus.Redeemed => _redeemed,
            _ => _notAllowed,
        };
    }

    private static Reply Conflict(string word, string errMsg) => Reply.With(StatusCodes.Status409Conflict, errMsg).WithHeader(ResultHeader, word);
}
