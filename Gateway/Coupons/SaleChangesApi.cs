namespace SecKill.Gateway.Coupons;

/// <summary>Change a coupon while it sells: pause, resume, amount, window; and the record of these changes.</summary>
internal static class SaleChangesApi
{
    /// <summary>The response header with the reason of a 409.</summary>
    public const string ResultHeader = "Change-Result";

    private const string SoldWord = "sold";
    private const string NowWord = "now";
    private const int MaxOperations = 1_000;

    // The year 9999.
    private const long MaxMilliseconds = 253_402_300_799_999;

    private static readonly Reply _notSeller = Reply.With(StatusCodes.Status403Forbidden, "Only the coupon's seller may do this.");
    private static readonly Reply _versionDiffers = Reply.With(StatusCodes.Status412PreconditionFailed, "The coupon has another version.");
    private static readonly Reply _wrongAmount = Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}, or \"{SoldWord}\".");
    private static readonly Reply _wrongTime = Reply.BadRequest("startsAt and endsAt must be whole milliseconds since 1970 up to the year 9999, or null; endsAt may be \"now\".");
    private static readonly Reply _noEdge = Reply.BadRequest("startsAt or endsAt is needed.");
    private static readonly Reply _notBeforeEnd = Reply.BadRequest("startsAt must be before endsAt.");
    private static readonly Reply _endsInThePast = Reply.BadRequest("endsAt must be in the future.");
    private static readonly Reply _inProgress = Conflict("in-progress", "A request with this Idempotency-Key is under way.");
    private static readonly Reply _noOwners = Conflict("no-owners", "No unit is owned yet, so none would remain.");
    private static readonly Reply _started = Conflict("started", "The sale has started.");

    public static void MapSaleChanges(this IEndpointRouteBuilder routes)
    {
        var coupon = routes.MapGroup("/api/users/{user}/coupons/{coupon}").RequireAuthorization().WithTags(ApiOverview.Coupons).Answers(_notSeller, SaleApi.NoSuchCoupon);
        Changing(coupon.MapPost("pause", PauseAsync).WithName("pauseCoupon"));
        Changing(coupon.MapPost("resume", ResumeAsync).WithName("resumeCoupon"));
        Changing(coupon.MapPut("amount", SetAmountAsync).WithName("setAmount")).Answers(_wrongAmount, _noOwners, BelowOwners(12, 0));
        Changing(coupon.MapPut("window", SetWindowAsync).WithName("setWindow")).Answers(_wrongTime, _noEdge, _notBeforeEnd, _endsInThePast, _started);
        coupon.MapGet("operations", ListOperationsAsync).WithName("listOperations").Answers(OperationsAnswer.Sample, OperationsAnswer.WrongAfter).Takes(OperationsAnswer.After);
    }

    /// <summary>Pause the sale</summary>
    /// <remarks>
    /// The coupon's seller only. No claim that is decided after the answer wins a unit; claims are answered `paused`, owners `already-claimed`.
    /// A window goes on meanwhile. Safe to send again; another reason replaces the one before.
    /// </remarks>
    /// <response code="200">Paused; the coupon as it is now.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">Not done; the header tells why.</response>
    /// <response code="412">Not done: the coupon has another version than `If-Match` says.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Not done: too many changes by this seller.</response>
    internal static async Task<IResult> PauseAsync(HttpRequest request, Caller caller, PathNames path, JsonBody<PauseBody> body, IGrainFactory grains, ChangeLimit limit)
    {
        if (SaleApi.FindRefusal(caller, path, _notSeller, out var coupon) is { } refusal)
            return refusal;
        if (await body.ReadOptionalAsync() is not { } pause)
            return JsonBody.Refusal;
        if (pause.Reason is { } reason && NameRules.FindTextFault("reason", reason, PauseBody.MaxReasonLength) is { } fault)
            return Reply.BadRequest(fault);
        return await ChangeAsync(request, caller, coupon, grains, limit, new CouponChange(ChangeAction.Pause) { Reason = pause.Reason }, pause.Reason);
    }

    /// <summary>Resume the sale</summary>
    /// <remarks>The coupon's seller only. Ends a pause; an operators' stop stays. Units are sold again 100 ms after the answer at the latest.</remarks>
    /// <response code="200">Resumed; the coupon as it is now.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">Not done; the header tells why.</response>
    /// <response code="412">Not done: the coupon has another version than `If-Match` says.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Not done: too many changes by this seller.</response>
    internal static async Task<IResult> ResumeAsync(HttpRequest request, Caller caller, PathNames path, IGrainFactory grains, ChangeLimit limit) =>
        SaleApi.FindRefusal(caller, path, _notSeller, out var coupon) is { } refusal ? refusal
            : await ChangeAsync(request, caller, coupon, grains, limit, new CouponChange(ChangeAction.Resume));

    /// <summary>Set the amount</summary>
    /// <remarks>
    /// The coupon's seller only. An absolute number, so that it is safe to send again: more or fewer units than before. Where none was left, further
    /// ones are sold 100 ms after the answer at the latest. `sold` closes at what is owned; it is resolved to a number once, and recorded.
    /// </remarks>
    /// <response code="200">Done; the coupon as it is now.</response>
    /// <response code="400">Not an amount.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">Not done; the header tells why. Below what is owned: `data` tells how many are.</response>
    /// <response code="412">Not done: the coupon has another version than `If-Match` says.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Not done: too many changes by this seller.</response>
    internal static async Task<IResult> SetAmountAsync(HttpRequest request, Caller caller, PathNames path, JsonBody<AmountBody> body, IGrainFactory grains, ChangeLimit limit)
    {
        if (SaleApi.FindRefusal(caller, path, _notSeller, out var coupon) is { } refusal)
            return refusal;
        if (await body.ReadAsync() is not { } wanted)
            return JsonBody.Refusal;
        var isSold = wanted.Amount.ValueKind == JsonValueKind.String && wanted.Amount.ValueEquals(SoldWord);
        var amount = JsonBody.WholeNumberOf(wanted.Amount);
        if (!isSold && amount is not (>= 1 and <= int.MaxValue))
            return _wrongAmount;
        var change = new CouponChange(ChangeAction.Amount) { Amount = (int?)amount };
        return await ChangeAsync(request, caller, coupon, grains, limit, change, isSold ? SoldWord : Text(amount));
    }

    /// <summary>Set the window</summary>
    /// <remarks>
    /// The coupon's seller only. The start is the first moment of the sale, the end the first moment after it, in milliseconds since 1970 and by the
    /// clock of the server that decides about claims. A start that is later than before needs a sale that has not started. A sale that has ended
    /// goes on if its end is set later. `startsAt` null with `endsAt` now calls a scheduled sale off. What was seen to have begun or ended stays so, whatever a clock says later, until it is changed here.
    /// </remarks>
    /// <response code="200">Done; the coupon as it is now.</response>
    /// <response code="400">Not a window.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    /// <response code="409">Not done; the header tells why.</response>
    /// <response code="412">Not done: the coupon has another version than `If-Match` says.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Not done: too many changes by this seller.</response>
    internal static async Task<IResult> SetWindowAsync(HttpRequest request, Caller caller, PathNames path, JsonBody<WindowBody> body, IGrainFactory grains, ChangeLimit limit)
    {
        if (SaleApi.FindRefusal(caller, path, _notSeller, out var coupon) is { } refusal)
            return refusal;
        if (await body.ReadAsync() is not { } window)
            return JsonBody.Refusal;
        if (!TryReadEdge(window.StartsAt, takesNow: false, out var starts) || !TryReadEdge(window.EndsAt, takesNow: true, out var ends))
            return _wrongTime;
        if (starts is null && ends is null)
            return _noEdge;
        if (starts?.At >= ends?.At)
            return _notBeforeEnd;
        return await ChangeAsync(
            request, caller, coupon, grains, limit, new CouponChange(ChangeAction.Window) { Starts = starts, Ends = ends }, EdgeText(starts), EdgeText(ends));
    }

    /// <summary>List the changes</summary>
    /// <remarks>
    /// The coupon's seller only. Every change of the coupon since its creation, in order: who made it, and what it was before and after. `no` is the version
    /// that it led to. At most 1,000; the `no` of the last is `after` of the next page.
    /// </remarks>
    /// <response code="200">The changes.</response>
    /// <response code="403">Not the coupon's seller.</response>
    /// <response code="404">No such coupon.</response>
    internal static async Task<IResult> ListOperationsAsync(HttpRequest request, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads)
    {
        if (SaleApi.FindRefusal(caller, path, _notSeller, out var coupon) is { } refusal)
            return refusal;
        var after = 0L;
        if (request.Query.TryGetValue("after", out var text) && (text is not [{ } number] || !FeedParameters.TryReadNumber(number, out after)))
            return OperationsAnswer.WrongAfter;
        return await reads.RunAsync(caller.Name.Value, () => grains.GetGrain<ICouponGrain>(coupon.Key).Operations(after, MaxOperations), request.HttpContext.RequestAborted) is { } operations
            ? TypedResults.Ok(OperationsAnswer.Of(operations))
            : SaleApi.NoSuchCoupon;
    }

    private static RouteHandlerBuilder Changing(RouteHandlerBuilder route) => route
        .Answers(IdempotencyKey.Refusal, IfMatch.Refusal, IdempotencyKey.OtherContent, _versionDiffers, _inProgress, CouponAnswer.Sample, ChangeLimit.Sample)
        .Takes(IdempotencyKey.Parameter, IfMatch.Parameter);

    private static async Task<IResult> ChangeAsync(
        HttpRequest request, Caller caller, CouponId coupon, IGrainFactory grains, ChangeLimit limit, CouponChange change, params string?[] fields)
    {
        if (!IdempotencyKey.TryRead(request.Headers[IdempotencyKey.Header], out var key))
            return IdempotencyKey.Refusal;
        if (!IfMatch.TryRead(request.Headers.IfMatch, out var version))
            return IfMatch.Refusal;
        if (limit.Count(caller.Name.Value) is { } tooMany)
            return tooMany;
        var mark = IdempotencyKey.Mark(request, caller, key, coupon, change.Action.ToString(), fields);
        var reply = await grains.GetGrain<ICouponGrain>(coupon.Key).Change(change, mark, version);
        return reply.Status switch
        {
            ChangeStatus.Done => CouponAnswer.Of(request.HttpContext.Response, reply.Coupon!),
            ChangeStatus.NoSuchCoupon => SaleApi.NoSuchCoupon,
            ChangeStatus.VersionDiffers => _versionDiffers,
            ChangeStatus.OtherContent => IdempotencyKey.OtherContent,
            ChangeStatus.InProgress => _inProgress,
            ChangeStatus.BelowOwners => BelowOwners(reply.Owners ?? 0, reply.Held ?? 0),
            ChangeStatus.NoOwners => _noOwners,
            ChangeStatus.Started => _started,
            ChangeStatus.StartsNotBeforeEnd => _notBeforeEnd,
            _ => _endsInThePast,
        };
    }

    private static bool TryReadEdge(JsonElement value, bool takesNow, out WindowEdge? edge)
    {
        var milliseconds = JsonBody.WholeNumberOf(value);
        edge = value.ValueKind switch
        {
            JsonValueKind.Null => new WindowEdge(null),
            JsonValueKind.Number when milliseconds is >= 0 and <= MaxMilliseconds => new WindowEdge(milliseconds * 1000),
            JsonValueKind.String when takesNow && value.ValueEquals(NowWord) => new WindowEdge(null, IsNow: true),
            _ => null,
        };
        return edge is not null || value.ValueKind == JsonValueKind.Undefined;
    }

    private static string? EdgeText(WindowEdge? edge) => edge is not { } some ? null : some.IsNow ? NowWord : some.At is { } at ? Text(at) : "none";

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static Reply Conflict(string word, string errMsg) => Reply.With(StatusCodes.Status409Conflict, errMsg).WithHeader(ResultHeader, word);

    private static Reply BelowOwners(long owners, long held) =>
        new Reply(StatusCodes.Status409Conflict, new OwnedAnswer("More units are owned or set aside.", new OwnedUnits(owners, held)), "below-owners")
            .WithHeader(ResultHeader, "below-owners");
}
