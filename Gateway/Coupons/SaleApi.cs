using System.ComponentModel;
using System.Text.Json.Serialization;

namespace SecKill.Gateway.Coupons;

/// <summary>Read a coupon as it is now.</summary>
internal static class SaleApi
{
    /// <summary>404, for all routes of one coupon.</summary>
    public static readonly Reply NoSuchCoupon = Reply.With(StatusCodes.Status404NotFound, "No such coupon.");

    /// <summary>Whether the caller is the seller of what may be a coupon.</summary>
    /// <param name="notTheSeller">What others are answered.</param>
    /// <returns>The refusal; null where it is so.</returns>
    public static Reply? FindRefusal(Caller caller, PathNames path, Reply notTheSeller, out CouponId coupon)
    {
        coupon = default;
        if (caller.Kind != UserKind.Seller || path.User != caller.Name.Value)
            return notTheSeller;
        return CouponId.TryParse(path.User, path.Coupon, out coupon) ? null : NoSuchCoupon;
    }

    public static void MapSale(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/users/{user}/coupons/{coupon}", ReadAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("readCoupon")
            .WithMetadata(new Credential(ApiOverview.Token)).Answers([CouponAnswer.Sample, NoSuchCoupon, .. TokenCheck.Refusals]);

    /// <summary>Read a coupon</summary>
    /// <remarks>
    /// Any user. `state` is the first of these that is true: `scheduled`, `ended`, `paused`, `soldOut`, `open`. Times are whole milliseconds: `startsAt` and
    /// `endsAt` since 1970, `startsIn` and `endsIn` from now, by the clock of the server that decides about claims. Count down by those: the clock
    /// of a client may be wrong.
    /// </remarks>
    /// <response code="200">The coupon; `ETag` is the version of its terms.</response>
    /// <response code="401">No valid token.</response>
    /// <response code="404">No such coupon.</response>
    internal static async Task<IResult> ReadAsync(HttpResponse response, PathNames path, CouponReads reads) =>
        CouponId.TryParse(path.User, path.Coupon, out var coupon) && await reads.ReadAsync(coupon) is { } view
            ? CouponAnswer.Of(response, view)
            : NoSuchCoupon;
}

/// <summary>The answer with a coupon.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The coupon.</param>
internal sealed record CouponAnswer(string ErrMsg, CouponData Data)
{
    /// <summary>What it looks like.</summary>
    public static Reply Sample { get; } = new Reply(
        StatusCodes.Status200OK, new CouponAnswer("", new CouponData("breakfast", 5, "早餐", 20, 20, SaleState.Scheduled, 1_798_761_600_000, null, 89_500, null, 1)))
        .WithHeader("ETag", IfMatch.TagOf(1));

    /// <summary>Answers 200 with the coupon, and its version as the entity tag.</summary>
    public static IResult Of(HttpResponse response, CouponView view)
    {
        response.Headers.ETag = IfMatch.TagOf(view.Version);
        return TypedResults.Ok(new CouponAnswer("", CouponData.Of(view)));
    }
}

/// <summary>A coupon as it is now; times in whole milliseconds, since 1970 or from now.</summary>
internal sealed record CouponData(
    string Name, int Stock, string Description, int Amount, int Left, SaleState State, long? StartsAt, long? EndsAt, long? StartsIn, long? EndsIn, long Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("`once` if an owner may give the unit back; else missing.")] string? Returns = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Until when.")] long? ReturnUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("How many customers may wait for a unit; missing without a waiting list.")] int? Waitlist = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("How many do.")] long? Waiting = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Until when units are redeemed; missing for always.")] long? RedeemUntil = null)
{
    public static CouponData Of(CouponView view) => new(
        view.Name, view.Stock, view.Description, view.Amount, view.Left, view.State, Millis.Of(view.StartsAt), Millis.Of(view.EndsAt),
        Millis.Of(view.StartsIn), Millis.Of(view.EndsIn), view.Version, view.Returns ? CouponsApi.ReturnsOnce : null, Millis.Of(view.ReturnUntil),
        view.Waitlist > 0 ? view.Waitlist : null, view.Waitlist > 0 ? view.Waiting : null, Millis.Of(view.RedeemUntil));
}
