using SecKill.Gateway.Accounts;
using SecKill.Gateway.Docs;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Coupons;

/// <summary>Create, list and claim coupons.</summary>
internal static class CouponsApi
{
    private static readonly Reply _created = Reply.With(StatusCodes.Status201Created);
    private static readonly Reply _nameTaken = Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    private static readonly Reply _wrongAmount = Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
    private static readonly Reply _wrongStock = Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");
    private static readonly Reply _noSeller = Reply.Unauthorized("Only sellers can create coupons.");
    private static readonly Reply _otherSeller = Reply.Unauthorized("Cannot create coupons for other users.");

    /// <summary>Adds what the routes need.</summary>
    public static void AddCouponEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<CreationLimit>();
        services.AddSingleton<ListReadings>();
        services.AddSingleton<ListEndpoint>();
        services.AddSingleton<ClaimEndpoint>();
        services.AddSingleton<QuickRoutes>();
    }

    /// <summary>Maps the routes.</summary>
    public static void MapCoupons(this IEndpointRouteBuilder routes)
    {
        var coupons = routes.MapGroup("/api/users/{user}/coupons").RequireAuthorization().WithTags(ApiOverview.Coupons);
        coupons.MapPost("", CreateAsync).WithName("createCoupon").Answers(_created, _nameTaken, _wrongAmount, _wrongStock, _noSeller, _otherSeller, CreationLimit.Refusal(1));
        coupons.MapGet("", ListAsync).WithName("listCoupons").Answers(ListEndpoint.Replies).Takes(ListEndpoint.Parameters);
        coupons.MapPatch("{coupon}", ClaimAsync).WithName("claimCoupon").Answers(ClaimEndpoint.Replies);
    }

    /// <summary>Create a coupon</summary>
    /// <remarks>Sellers only, in their own name. It is on sale at once.</remarks>
    /// <response code="201">Created.</response>
    /// <response code="400">Not created; `errMsg` tells why.</response>
    /// <response code="401">No valid token, or not the seller's.</response>
    /// <response code="429">This seller creates coupons too fast. Nothing was done.</response>
    internal static async Task<IResult> CreateAsync(Caller caller, PathNames path, JsonBody<CouponBody> body, IGrainFactory grains, CreationLimit limit)
    {
        if (caller.Kind != UserKind.Seller)
            return _noSeller;
        if (path.User != caller.Name.Value)
            return _otherSeller;
        if (await body.ReadAsync() is not { } coupon)
            return JsonBody.Refusal;
        if (!CouponName.TryParseNewName(coupon.Name, out var name, out var nameFault))
            return Reply.BadRequest(nameFault);
        if (CouponTerms.FindDescriptionFault(coupon.Description ?? "") is { } textFault)
            return Reply.BadRequest(textFault);
        if (coupon.Amount is not (>= 1 and var amount))
            return _wrongAmount;
        if (coupon.Stock is not (>= 0 and var stock))
            return _wrongStock;
        if (limit.Count(caller.Name.Value) is { } tooMany)
            return tooMany;

        var grain = grains.GetGrain<ICouponGrain>(new CouponId(caller.Name, name).Key);
        return await grain.Create(new CouponTerms(amount, stock, coupon.Description ?? "")) == CreateCouponOutcome.Created ? _created : _nameTaken;
    }

    /// <summary>List coupons</summary>
    /// <remarks>
    /// A seller's coupons, which everybody who is logged in may see, in the order of their creation; or one's own coupons as a customer, in the
    /// order in which they were claimed, without `amount` and `left`. A page holds 20. Two sellers may use one name:
    /// with `with=seller` each of one's own coupons also tells its `seller`.
    /// A seller's coupon whose stock cannot be verified at the moment comes without `left`.
    /// </remarks>
    /// <response code="200">The page.</response>
    /// <response code="204">The page is empty.</response>
    /// <response code="400">Not a list.</response>
    /// <response code="401">No valid token, or another customer's coupons.</response>
    internal static Task ListAsync(HttpContext context, Caller caller, PathNames path, ListEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path);

    /// <summary>Claim a unit of a coupon</summary>
    /// <remarks>
    /// Customers only; one unit a customer. A claim that was answered 201 is permanent. Safe to send again: the owner is then answered `already-claimed`.
    /// </remarks>
    /// <response code="201">Claimed.</response>
    /// <response code="204">Not claimed; the header tells why.</response>
    /// <response code="401">No valid token, or a seller's.</response>
    internal static Task ClaimAsync(HttpContext context, Caller caller, PathNames path, ClaimEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path);
}
