namespace SecKill.Gateway.Coupons;

/// <summary>Create coupons.</summary>
internal static class CouponsApi
{
    /// <summary>The value of <c>returns</c> where owners may give a unit back.</summary>
    public const string ReturnsOnce = "once";

    private const string NoReturns = "no";

    private static readonly Reply _created = Reply.With(StatusCodes.Status201Created);
    private static readonly Reply _nameTaken = Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    private static readonly Reply _wrongAmount = Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
    private static readonly Reply _wrongStock = Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");
    private static readonly Reply _wrongStart = Reply.BadRequest("startsAt must be a whole number of milliseconds since 1970.");
    private static readonly Reply _wrongEnd = Reply.BadRequest("endsAt must be a whole number of milliseconds since 1970.");
    private static readonly Reply _startsNotBeforeEnd = Reply.BadRequest("startsAt must be before endsAt.");
    private static readonly Reply _endIsPast = Reply.BadRequest("endsAt must be in the future.");
    private static readonly Reply _wrongReturns = Reply.BadRequest($"returns must be \"{NoReturns}\" or \"{ReturnsOnce}\".");
    private static readonly Reply _wrongReturnUntil = Reply.BadRequest("returnUntil must be a whole number of milliseconds since 1970.");
    private static readonly Reply _untilWithoutReturns = Reply.BadRequest($"returnUntil needs returns to be \"{ReturnsOnce}\".");
    private static readonly Reply _untilBeforeStart = Reply.BadRequest("returnUntil must be after startsAt.");
    private static readonly Reply _returnUntilIsPast = Reply.BadRequest("returnUntil must be in the future.");
    private static readonly Reply _wrongWaitlist = Reply.BadRequest($"waitlist must be a whole number from 0 to {CouponTerms.MaxWaitlist}.");
    private static readonly Reply _wrongRedeemUntil = Reply.BadRequest("redeemUntil must be a whole number of milliseconds since 1970.");
    private static readonly Reply _redeemUntilBeforeStart = Reply.BadRequest("redeemUntil must be after startsAt.");
    private static readonly Reply _redeemUntilIsPast = Reply.BadRequest("redeemUntil must be in the future.");
    private static readonly Reply _noSeller = Reply.Unauthorized("Only sellers can create coupons.");
    private static readonly Reply _otherSeller = Reply.Unauthorized("Cannot create coupons for other users.");

    public static void AddCoupons(this IServiceCollection services) => services
        .AddSingleton<CreationLimit>().AddSingleton<ChangeLimit>().AddSingleton<ReturnLimit>().AddSingleton<WaitLimit>().AddSingleton<LedgerReads>()
        .AddSingleton(provider => new CouponReads(coupon => provider.GetRequiredService<IGrainFactory>().GetGrain<ICouponGrain>(coupon.Key).View()));

    public static void MapCoupons(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/users/{user}/coupons", CreateAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("createCoupon").Answers(
            _created, _nameTaken, _wrongAmount, _wrongStock, _wrongStart, _wrongEnd, _startsNotBeforeEnd, _endIsPast, _wrongReturns, _wrongReturnUntil,
            _untilWithoutReturns, _untilBeforeStart, _returnUntilIsPast, _wrongWaitlist, _wrongRedeemUntil, _redeemUntilBeforeStart, _redeemUntilIsPast, _noSeller, _otherSeller,
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
        if (FindFaultOfSecondChances(coupon, starts, out var until, out var redeemed) is { } fault)
            return fault;
        if (!IdempotencyKey.TryRead(request.Headers[IdempotencyKey.Header], out var key))
            return IdempotencyKey.Refusal;
        if (limit.Count(caller.Name.Value) is { } tooMany)
            return tooMany;

        var id = new CouponId(caller.Name, name);
        var terms = new CouponTerms(
            amount, stock, coupon.Description ?? "", starts, ends, coupon.Returns == ReturnsOnce, until, (int)(coupon.Waitlist ?? 0), redeemed);
        // Without a key there is nothing to know it again by.
        var mark = key is null ? null : IdempotencyKey.Mark(
            request, caller, key, id, "create", [$"{amount}", $"{stock}", terms.Description, $"{starts}", $"{ends}", .. SecondChancesOf(terms)]);
        return await grains.GetGrain<ICouponGrain>(id.Key).Create(terms, mark) switch
        {
            CreateCouponOutcome.Created => _created,
            CreateCouponOutcome.OtherContent => IdempotencyKey.OtherContent,
            CreateCouponOutcome.EndIsPast => _endIsPast,
            CreateCouponOutcome.ReturnUntilIsPast => _returnUntilIsPast,
            CreateCouponOutcome.RedeemUntilIsPast => _redeemUntilIsPast,
            _ => _nameTaken,
        };
    }

    /// <summary>Reads what a coupon says of returns, waiting list and redemption.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    private static Reply? FindFaultOfSecondChances(CouponBody coupon, long? starts, out long? until, out long? redeemed)
    {
        redeemed = null;
        if (!TryReadTime(coupon.ReturnUntil, out until))
            return _wrongReturnUntil;
        if (coupon.Returns is not (null or NoReturns or ReturnsOnce))
            return _wrongReturns;
        if (until is not null && coupon.Returns != ReturnsOnce)
            return _untilWithoutReturns;
        if (until <= starts)
            return _untilBeforeStart;
        if (coupon.Waitlist is { } waitlist && (waitlist is < 0 or > CouponTerms.MaxWaitlist || !decimal.IsInteger(waitlist)))
            return _wrongWaitlist;
        return !TryReadTime(coupon.RedeemUntil, out redeemed) ? _wrongRedeemUntil : redeemed <= starts ? _redeemUntilBeforeStart : null;
    }

    /// <summary>Normalised, for a request's mark; nothing for a coupon without any of it.</summary>
    private static string?[] SecondChancesOf(CouponTerms terms) => terms is { Returns: false, Waitlist: 0, RedeemUntil: null }
        ? []
        : [terms.Returns ? ReturnsOnce : NoReturns, $"{terms.ReturnUntil}", $"{terms.Waitlist}", $"{terms.RedeemUntil}"];

    /// <summary>Reads a time in milliseconds as microseconds; none stays none.</summary>
    private static bool TryReadTime(decimal? milliseconds, out long? micros)
    {
        // Until the year 9999.
        const long MaxMilliseconds = 253_402_300_799_999;
        micros = (long?)(milliseconds is >= 0 and <= MaxMilliseconds ? milliseconds * 1_000 : null);
        return milliseconds is null || (micros is not null && decimal.IsInteger(milliseconds.Value));
    }
}
