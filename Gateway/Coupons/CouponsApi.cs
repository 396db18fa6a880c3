namespace SecKill.Gateway.Coupons;

/// <summary>Create coupons.</summary>
internal static class CouponsApi
{
    private static readonly Reply _created = Reply.With(StatusCodes.Status201Created);
    private static readonly Reply _nameTaken = Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    private static readonly Reply _wrongAmount = Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
    private static readonly Reply _wrongStock = Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");
    private static readonly Reply _noSeller = Reply.Unauthorized("Only sellers can create coupons.");
    private static readonly Reply _otherSeller = Reply.Unauthorized("Cannot create coupons for other users.");

    public static void AddCoupons(this IServiceCollection services) => services.AddSingleton<CreationLimit>();

    public static void MapCoupons(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/users/{user}/coupons", CreateAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("createCoupon")
            .Answers(_created, _nameTaken, _wrongAmount, _wrongStock, _noSeller, _otherSeller, CreationLimit.Sample);

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
        if (!CouponName.TryParse(coupon.Name, out var name, out var nameFault, isNew: true))
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
}
