using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Gateway.Redemptions;

/// <summary>Redeem units by the codes of their receipts. For the seller's tills. See docs/guide/till.md.</summary>
internal static class RedemptionsApi
{
    // The year 9999.
    private const long MaxMilliseconds = 253_402_300_799_999;

    // Of a batch, for the limit of changes: ten a second are five hundred codes a second.
    private const int CodesOfChange = 50;

    private static readonly Reply _notSeller = Reply.With(StatusCodes.Status403Forbidden, "Only the seller's tills may do this.");
    private static readonly Reply _noCode = Reply.BadRequest("code is needed.");
    private static readonly Reply _noDevice = Reply.BadRequest("device is needed.");
    private static readonly Reply _wrongTime = Reply.BadRequest("at must be a whole number of milliseconds since 1970.");
    private static readonly Reply _noKey = Reply.BadRequest("key is needed in a batch.");
    private static readonly Reply _wrongKey = Reply.BadRequest("key must be 1 to 64 visible ASCII characters.");
    private static readonly Reply _wrongSize = Reply.BadRequest($"A batch has 1 to {Redemption.MaxBatch} items.");
    private static readonly Reply _keyOfBatch = Reply.BadRequest($"A batch has no {IdempotencyKey.Header}: each item has its own, as key.");

    /// <summary>Adds what the routes need.</summary>
    public static void AddRedemptions(this IServiceCollection services) => services.AddSingleton<WrongCodes>().AddSingleton<BatchLimit>();

    /// <summary>Maps the routes.</summary>
    public static void MapRedemptions(this IEndpointRouteBuilder routes)
    {
        var till = routes.MapGroup("/api/users/{user}/redemptions").RequireAuthorization().WithTags(ApiOverview.Tills).Answers(_notSeller, WrongCodes.Sample);
        till.MapPost("", RedeemAsync).WithName("redeem").Answers([.. RedemptionReplies.Redeeming, _noCode, _noDevice, _wrongTime, IdempotencyKey.Refusal]).Takes(IdempotencyKey.Parameter);
        till.MapPost("batch", RedeemBatchAsync).WithName("redeemBatch")
            .Answers(RedemptionReplies.Batch, _wrongSize, _noCode, _noDevice, _wrongTime, _noKey, _wrongKey, _keyOfBatch, ChangeLimit.Sample, BatchLimit.Refusal);
        till.MapDelete("{code}", UndoAsync).WithName("undoRedemption").Answers([.. RedemptionReplies.Undoing, IdempotencyKey.Refusal, ChangeLimit.Sample]).Takes(
            IdempotencyKey.Parameter, new RouteParameter("code", "The code.", new() { Type = Microsoft.OpenApi.JsonSchemaType.String }, "7Z0K4-G9C2M-XQ5B8-W3TV5"));
    }

    /// <summary>Redeem a unit</summary>
    /// <remarks>
    /// The seller only, for a unit of any of the seller's coupons. Of many tills with one code exactly one succeeds; the others hear when and where. With an
    /// `Idempotency-Key` a repeat of the same code and device has the first answer. A code that is malformed, does not exist, or is another seller's is answered
    /// alike, and counted: too many of them are 429. Until when a unit is taken is judged by the database's clock.
    /// </remarks>
    /// <response code="200">Redeemed by this request, or by the one that it repeats.</response>
    /// <response code="400">The body cannot be read.</response>
    /// <response code="403">Not the seller.</response>
    /// <response code="404">No such code.</response>
    /// <response code="409">Not redeemed; the header tells why, `data` when and at which till it was redeemed.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Too many wrong codes.</response>
    internal static async Task<IResult> RedeemAsync(HttpRequest request, Caller caller, PathNames path, JsonBody<RedemptionBody> body, IGrainFactory grains, WrongCodes wrong)
    {
        if (!IsTill(caller, path))
            return _notSeller;
        if (await body.ReadAsync() is not { } wanted)
            return JsonBody.Refusal;
        if (FindFault(wanted) is { } fault)
            return fault;
        if (!IdempotencyKey.TryRead(request.Headers[IdempotencyKey.Header], out var key))
            return IdempotencyKey.Refusal;
        if (wrong.Check(caller.Name.Value) is { } tooMany)
            return tooMany;
        var reply = ReceiptCode.TryParse(wanted.Code, out var code)
            ? (await grains.GetGrain<IRedemptionGrain>(0).Redeem([Of(request, caller, wanted, code, key, wasOffline: false)]))[0]
            : new RedemptionReply(RedemptionStatus.Unknown);
        if (reply.Status != RedemptionStatus.Unknown)
            return RedemptionReplies.Of(request.HttpContext.Response, reply);
        wrong.Count(caller.Name.Value, 1);
        return RedemptionReplies.Unknown;
    }

    /// <summary>Redeem what was taken offline</summary>
    /// <remarks>
    /// The seller only. Codes that a till took while it was offline, at most 500, each decided by itself and answered as it would be alone. The first to arrive wins.
    /// A unit that was redeemed elsewhere, given back or out of time by then is a conflict, since its customer has passed: it is kept, and listed at
    /// `…/coupons/{coupon}/conflicts`. Each item has a `key` of its own, by which it is safe to send again.
    /// </remarks>
    /// <response code="200">What became of each.</response>
    /// <response code="400">The body cannot be read; nothing was done.</response>
    /// <response code="403">Not the seller.</response>
    /// <response code="429">Too many wrong codes, or too many requests of this seller. Nothing was done.</response>
    internal static async Task<IResult> RedeemBatchAsync(
        HttpRequest request, Caller caller, PathNames path, JsonBody<RedemptionBatchBody> body, IGrainFactory grains, WrongCodes wrong, ChangeLimit limit, BatchLimit batches)
    {
        if (!IsTill(caller, path))
            return _notSeller;
        if (request.Headers.ContainsKey(IdempotencyKey.Header))
            return _keyOfBatch;
        // Before the body, which may be large.
        if (wrong.Check(caller.Name.Value) is { } guessing)
            return guessing;
        using var turn = batches.Begin(caller.Name.Value);
        if (turn is null)
            return BatchLimit.Refusal;
        if (limit.Count(caller.Name.Value, 0) is { } tooOften)
            return tooOften;
        var batch = await body.ReadAsync();
        if (limit.Count(caller.Name.Value, CostOf(batch)) is { } tooMany)
            return tooMany;
        if (batch is null)
            return JsonBody.Refusal;
        if (batch.Count is 0 or > Redemption.MaxBatch)
            return _wrongSize;
        foreach (var item in batch)
        {
            if (item is null)
                return JsonBody.Refusal;
            if (FindFault(item) is { } fault)
                return fault;
            if (item.Key is null)
                return _noKey;
            if (!IdempotencyKey.TryRead(item.Key, out _))
                return _wrongKey;
        }
        var replies = new RedemptionReply[batch.Count];
        Array.Fill(replies, new RedemptionReply(RedemptionStatus.Unknown));
        var known = new List<(int Place, Redemption Redemption)>(batch.Count);
        foreach (var (place, item) in batch.Index())
        {
            if (ReceiptCode.TryParse(item!.Code, out var code))
                known.Add((place, Of(request, caller, item, code, item.Key, wasOffline: true)));
        }
        if (known.Count > 0)
        {
            foreach (var (i, reply) in (await grains.GetGrain<IRedemptionGrain>(0).Redeem([.. known.Select(one => one.Redemption)])).Index())
                replies[known[i].Place] = reply;
        }
        wrong.Count(caller.Name.Value, replies.Count(reply => reply.Status == RedemptionStatus.Unknown));
        return TypedResults.Ok(new RedemptionBatchAnswer("", Array.ConvertAll(replies, reply => RedemptionReplies.ItemOf(reply))));
    }

    /// <summary>Take a redemption back</summary>
    /// <remarks>
    /// The seller only, within the setting `Redemptions:UndoWithin` of the redemption, by the database's clock. The unit can be redeemed again then. A unit that
    /// is not redeemed is 200, too. Without an `Idempotency-Key` a repeat also takes back what another till has redeemed meanwhile.
    /// </remarks>
    /// <response code="200">The unit is not redeemed.</response>
    /// <response code="403">Not the seller.</response>
    /// <response code="404">No such code.</response>
    /// <response code="409">Too late.</response>
    /// <response code="422">Not done: the key was used for another request.</response>
    /// <response code="429">Too many wrong codes, or too many requests of this seller.</response>
    internal static async Task<IResult> UndoAsync(HttpRequest request, Caller caller, PathNames path, IGrainFactory grains, WrongCodes wrong, ChangeLimit limit)
    {
        if (!IsTill(caller, path))
            return _notSeller;
        if (!IdempotencyKey.TryRead(request.Headers[IdempotencyKey.Header], out var key))
            return IdempotencyKey.Refusal;
        if ((wrong.Check(caller.Name.Value) ?? limit.Count(caller.Name.Value)) is { } tooMany)
            return tooMany;
        // The segment after "redemptions", where coupons have their name.
        var reply = ReceiptCode.TryParse(path.Coupon, out var code)
            ? await grains.GetGrain<IRedemptionGrain>(0).Undo(code.Text, IdempotencyKey.Mark(request, caller, key, "undo", code.Text))
            : new RedemptionReply(RedemptionStatus.Unknown);
        if (reply.Status != RedemptionStatus.Unknown)
            return RedemptionReplies.Of(request.HttpContext.Response, reply, isUndo: true);
        wrong.Count(caller.Name.Value, 1);
        return RedemptionReplies.Unknown;
    }

    // One of the wrong form costs something, too.
    private static int CostOf(RedemptionBatchBody? batch) => batch?.Count is > 0 and <= Redemption.MaxBatch and var count ? 1 + ((count - 1) / CodesOfChange) : 1;

    private static bool IsTill(Caller caller, PathNames path) => caller.Kind == UserKind.Seller && path.User == caller.Name.Value;

    private static Reply? FindFault(RedemptionBody item) =>
        item.Code is null ? _noCode
        : string.IsNullOrEmpty(item.Device) ? _noDevice
        : NameRules.FindTextFault("device", item.Device, Redemption.MaxDeviceLength) is { } fault ? Reply.BadRequest(fault)
        : item.At is { } at && !(at is >= 0 and <= MaxMilliseconds && decimal.IsInteger(at)) ? _wrongTime
        : null;

    private static Redemption Of(HttpRequest request, Caller caller, RedemptionBody item, ReceiptCode code, string? key, bool wasOffline) => new(
        code.Text, item.Device!, (long?)(item.At * 1_000), IdempotencyKey.Mark(request, caller, key, "redeem", code.Text, item.Device), wasOffline);
}
