namespace SecKill.Gateway.Coupons;

/// <summary>Create coupons.</summary>
internal static class CouponsApi
{
    private static readonly Reply _created = Reply.With(StatusCodes.Status201Created);
    private static readonly Reply _nameTaken = Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    private static readonly Reply _wrongAmount = Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
    private static readonly Reply _wrongStock = Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");
    private static readonly Reply _wrongStart = Reply.BadRequest("startsAt must be a whole number of milliseconds since 1970.");
    private static readonly Reply _wrongEnd = Reply.BadRequest("endsAt must be a whole number of milliseconds since 1970.");
    private static readonly Reply _startsNotBeforeEnd = Reply.BadRequest("startsAt must be before endsAt.");
    private static readonly Reply _endIsPast = Reply.BadRequest("endsAt must be in the future.");
    private static readonly Reply _noSeller = Reply.Unauthorized("Only sellers can create coupons.");
    private static readonly Reply _otherSeller = Reply.Unauthorized("Cannot create coupons for other users.");

    public static void AddCoupons(this IServiceCollection services) => services
        .AddSingleton<CreationLimit>().AddSingleton<ChangeLimit>().AddSingleton<LedgerReads>()
        .AddSingleton(provider => new CouponReads(coupon => provider.GetRequiredService<IGrainFactory>().GetGrain<ICouponGrain>(coupon.Key).View()));

    public static void MapCoupons(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/users/{user}/coupons", CreateAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("createCoupon").Answers(
            _created, _nameTaken, _wrongAmount, _wrongStock, _wrongStart, _wrongEnd, _startsNotBeforeEnd, _endIsPast, _noSeller, _otherSeller,
            IdempotencyKey.Refusal, IdempotencyKey.OtherContent, CreationLimit.Sample).Takes(IdempotencyKey.Parameter);
        routes.MapSale();
    }

    /// <summary>Create a coupon</summary>
    /// <remarks>
    /// Sellers only, in their own name. It is on sale at once, or from `startsAt` until `endsAt`, by the clock of the server that decides about claims.
    /// With an `Idempotency-Key` a repeat is 201, too; without, the name is taken by then.
    /// </remarks>
    /// <response code="201">Created.</response>
    /// <response code="400">Not created; `errMsg` tells why.</response>
    /// <response code="401">No valid token, or not the seller's.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">This seller creates coupons too fast. Nothing was done.</response>
    internal static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, PathNames path, JsonBody<CouponBody> body, IGrainFactory grains, CreationLimit limit)
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
        if (!TryReadTime(coupon.StartsAt, out var starts))
            return _wrongStart;
        if (!TryReadTime(coupon.EndsAt, out var ends))
            return _wrongEnd;
        if (starts >= ends)
            return _startsNotBeforeEnd;
        if (!IdempotencyKey.TryRead(request.Headers[IdempotencyKey.Header], out var key))
            return IdempotencyKey.Refusal;
        if (limit.Count(caller.Name.Value) is { } tooMany)
            return tooMany;

        var id = new CouponId(caller.Name, name);
        var terms = new CouponTerms(amount, stock, coupon.Description ?? "", starts, ends);
        // Without a key there is nothing to know it again by.
        var mark = key is null ? null : IdempotencyKey.Mark(request, caller, key, id, "create", $"{amount}", $"{stock}", terms.Description, $"{starts}", $"{ends}");
        return await grains.GetGrain<ICouponGrain>(id.Key).Create(terms, mark) switch
        {
            CreateCouponOutcome.Created => _created,
            CreateCouponOutcome.OtherContent => IdempotencyKey.OtherContent,
            CreateCouponOutcome.EndIsPast => _endIsPast,
            _ => _nameTaken,
        };
    }

    /// <summary>Reads a time in milliseconds as microseconds; none stays none.</summary>
    private static bool TryReadTime(decimal? milliseconds, out long? micros)
    {
        // Until the year 9999.
        const long MaxMilliseconds = 253_402_300_799_999;
        micros = (long?)(milliseconds is >= 0 and <= MaxMilliseconds ? milliseconds * 1_000 : null);
        return milliseconds is null || (micros is not null && decimal.IsInteger(milliseconds.Value));
    }
}
