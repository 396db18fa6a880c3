using Microsoft.OpenApi;

namespace SecKill.Gateway.Coupons;

/// <summary>The answer to an amount below what is owned.</summary>
/// <param name="ErrMsg">Never empty.</param>
/// <param name="Data">What is owned.</param>
internal sealed record OwnedAnswer(string ErrMsg, OwnedUnits Data);

/// <summary>Units that an amount cannot be below.</summary>
/// <param name="Owners">Owned ones.</param>
/// <param name="Held">Set aside by another change.</param>
internal sealed record OwnedUnits(long Owners, long Held);

/// <summary>The record of changes.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">In order.</param>
internal sealed record OperationsAnswer(string ErrMsg, IReadOnlyList<OperationItem> Data)
{
    /// <summary>400 for a page that cannot be read.</summary>
    public static Reply WrongAfter { get; } = Reply.BadRequest("after must be the no of an operation.");

    /// <summary>As the route declares it.</summary>
    public static RouteParameter After { get; } = new(
        "after", "Only changes that led to a higher version than this: the `no` of the last one of a page.",
        new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0", Default = 0 }, 0);

    public static Reply Sample { get; } = new(StatusCodes.Status200OK, new OperationsAnswer(
        "",
        [new OperationItem(1, 1_798_761_600_000, "bob", "pause", JsonSerializer.SerializeToElement(new { amount = 20 }), JsonSerializer.SerializeToElement(new { amount = 20, paused = true }))]));

    public static OperationsAnswer Of(CouponOperation[] operations) => new("", Array.ConvertAll(operations, OperationItem.Of));
}

/// <summary>A change.</summary>
/// <param name="No">The version that it led to.</param>
/// <param name="At">When, in milliseconds since 1970.</param>
/// <param name="Actor">Who made it.</param>
/// <param name="Action">In a word.</param>
/// <param name="Before">The coupon before it.</param>
/// <param name="After">And after it.</param>
internal sealed record OperationItem(long No, long At, string Actor, string Action, JsonElement Before, JsonElement After)
{
    public static OperationItem Of(CouponOperation one) => new(
        one.No, Millis.Of(one.Micros), one.Actor, one.Action, JsonSerializer.Deserialize<JsonElement>(one.Before), JsonSerializer.Deserialize<JsonElement>(one.After));
}
