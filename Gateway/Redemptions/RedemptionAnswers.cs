using SecKill.Gateway.Coupons;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Gateway.Redemptions;

/// <summary>The answer to a redemption.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The unit; of a refusal when and where it was redeemed.</param>
internal sealed record RedemptionAnswer(string ErrMsg, RedemptionData Data);

/// <summary>What a till is told of a unit; times in milliseconds since 1970.</summary>
/// <param name="Coupon">On success: the coupon's name.</param>
/// <param name="Customer">On success: the owner.</param>
/// <param name="Stock">On success: the face value.</param>
/// <param name="RedeemedAt">When it was redeemed; missing where it is not.</param>
/// <param name="Device">Of a refusal: at which till it was redeemed.</param>
internal sealed record RedemptionData(string? Coupon, string? Customer, int? Stock, long? RedeemedAt, string? Device);

/// <summary>The answer to a batch.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">One item for each sent, in order.</param>
internal sealed record RedemptionBatchAnswer(string ErrMsg, IReadOnlyList<RedemptionItem> Data);

/// <summary>What became of one item of a batch, as it would have been answered alone.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Result">Of 409: the reason, in a word.</param>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The unit.</param>
internal sealed record RedemptionItem(int Status, string? Result, string ErrMsg, RedemptionData? Data);

/// <summary>How outcomes are answered.</summary>
internal static class RedemptionReplies
{
    /// <summary>The response header with the reason of a 409.</summary>
    public const string ResultHeader = "Redemption-Result";

    private const string UnknownText = "No such code.";
    private const string LateUndoText = "Too late to take it back.";

    private static readonly RedemptionData _sampleUnit = new("breakfast", "alice", 5, 1_795_701_276_288, null);
    private static readonly RedemptionData _sampleBefore = new(null, null, null, 1_795_701_276_288, "till 2");

    /// <summary>404, for a code that is malformed, unknown, or of another seller.</summary>
    public static readonly Reply Unknown = Reply.With(StatusCodes.Status404NotFound, UnknownText);

    /// <summary>All answers to a redemption, as samples.</summary>
    public static Reply[] Redeeming { get; } =
        [Sample(200, "", null, _sampleUnit), Sample(409, TextOf(RedemptionStatus.Again), "redeemed", _sampleBefore), Sample(409, TextOf(RedemptionStatus.Returned), "returned", Nothing),
            Sample(409, TextOf(RedemptionStatus.TooLate), "too-late", Nothing), Sample(409, TextOf(RedemptionStatus.Undone), "undone", Nothing), Unknown, IdempotencyKey.OtherContent];

    /// <summary>All answers to taking one back.</summary>
    public static Reply[] Undoing { get; } =
        [Sample(200, "", null, _sampleUnit with { RedeemedAt = null }), Sample(409, LateUndoText, "too-late", _sampleBefore), Unknown, IdempotencyKey.OtherContent];

    /// <summary>The answer to a batch.</summary>
    public static Reply Batch { get; } = new(StatusCodes.Status200OK, new RedemptionBatchAnswer("",
    [
        new RedemptionItem(200, null, "", _sampleUnit), new RedemptionItem(409, "redeemed", TextOf(RedemptionStatus.Again), _sampleBefore), new RedemptionItem(404, null, UnknownText, null),
    ]), "batch");

    private static RedemptionData Nothing => new(null, null, null, null, null);

    /// <summary>Answers a redemption, or taking one back.</summary>
    public static IResult Of(HttpResponse response, RedemptionReply reply, bool isUndo = false)
    {
        var item = ItemOf(reply, isUndo);
        if (item.Result is { } word)
            response.Headers[ResultHeader] = word;
        return item.Data is null ? Reply.With(item.Status, item.ErrMsg) : Results.Json(new RedemptionAnswer(item.ErrMsg, item.Data), AnswerJson.Options, statusCode: item.Status);
    }

    /// <summary>As an item of a batch.</summary>
    public static RedemptionItem ItemOf(RedemptionReply reply, bool isUndo = false)
    {
        var before = new RedemptionData(null, null, null, Millis.Of(reply.RedeemedAt), reply.Device);
        return reply.Status switch
        {
            RedemptionStatus.Redeemed => new(StatusCodes.Status200OK, null, "", UnitOf(reply)),
            RedemptionStatus.Undone when isUndo => new(StatusCodes.Status200OK, null, "", UnitOf(reply)),
            RedemptionStatus.Again => new(StatusCodes.Status409Conflict, "redeemed", TextOf(reply.Status), before),
            RedemptionStatus.Returned => new(StatusCodes.Status409Conflict, "returned", TextOf(reply.Status), before),
            RedemptionStatus.TooLate => new(StatusCodes.Status409Conflict, "too-late", isUndo ? LateUndoText : TextOf(reply.Status), before),
            RedemptionStatus.Undone => new(StatusCodes.Status409Conflict, "undone", TextOf(reply.Status), before),
            RedemptionStatus.OtherContent => new(StatusCodes.Status422UnprocessableEntity, null, IdempotencyKey.OtherContentText, null),
            _ => new(StatusCodes.Status404NotFound, null, UnknownText, null),
        };
    }

    private static RedemptionData UnitOf(RedemptionReply reply) =>
        new(reply.Unit!.Coupon, reply.Unit.Customer, reply.Unit.FaceValue, Millis.Of(reply.RedeemedAt), null);

    private static string TextOf(RedemptionStatus status) => status switch
    {
        RedemptionStatus.Again => "It was redeemed before.",
        RedemptionStatus.Returned => "Its owner has given it back.",
        RedemptionStatus.TooLate => "It is too late to redeem it.",
        _ => "This redemption was taken back.",
    };

    private static Reply Sample(int status, string errMsg, string? word, RedemptionData data)
    {
        var reply = new Reply(status, new RedemptionAnswer(errMsg, data), word ?? "unit");
        return word is null ? reply : reply.WithHeader(ResultHeader, word);
    }
}
