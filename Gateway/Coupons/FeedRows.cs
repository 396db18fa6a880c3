using System.Text.Json.Serialization;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Coupons;

/// <summary>A row of a feed as it is answered, in any form; times in milliseconds since 1970.</summary>
internal interface IFeedRow
{
    /// <summary>The names of its columns, as of the members of its JSON.</summary>
    static abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Its number, by which a later request goes on.</summary>
    long Number { get; }

    /// <summary>Writes its cells.</summary>
    void WriteTo(Csv csv);
}

/// <summary>A claim.</summary>
/// <param name="Seq">Its number in the coupon's feed: ascending, with gaps.</param>
/// <param name="Customer">Who won.</param>
/// <param name="At">When.</param>
/// <param name="State">`claimed`; `redeemed` once the unit was used, `returned` once it was given back.</param>
/// <param name="ChangedAt">Since when it is in this state.</param>
internal readonly record struct ClaimRow(long Seq, string Customer, long At, string State, long ChangedAt) : IFeedRow
{
    public static IReadOnlyList<string> Columns { get; } = ["seq", "customer", "at", "state", "changedAt"];

    [JsonIgnore]
    public long Number => Seq;

    public static ClaimRow Of(FeedClaim claim) => new(
        claim.Seq, claim.Customer, Millis.Of(claim.At),
        claim.ReturnedAt is not null ? FeedKinds.Returned : claim.RedeemedAt is not null ? FeedKinds.Redeemed : FeedKinds.Claimed,
        Millis.Of(claim.ReturnedAt ?? claim.RedeemedAt ?? claim.At));

    public void WriteTo(Csv csv)
    {
        csv.Cell(Seq);
        csv.Cell(Customer);
        csv.Cell(At);
        csv.Cell(State);
        csv.Cell(ChangedAt);
    }
}

/// <summary>An event.</summary>
/// <param name="No">Its number in the coupon's feed, of the same count as the `seq` of claims.</param>
/// <param name="Kind">`claimed`, `served`, `returned`, `redeemed`, `undone` or `changed`.</param>
/// <param name="Customer">Whom it is about; missing where it is about none.</param>
/// <param name="At">When.</param>
internal readonly record struct EventRow(long No, string Kind, string? Customer, long At) : IFeedRow
{
    public static IReadOnlyList<string> Columns { get; } = ["no", "kind", "customer", "at"];

    [JsonIgnore]
    public long Number => No;

    public static EventRow Of(FeedEvent item) => new(item.No, item.Kind, item.Customer, Millis.Of(item.At));

    public void WriteTo(Csv csv)
    {
        csv.Cell(No);
        csv.Cell(Kind);
        csv.Cell(Customer);
        csv.Cell(At);
    }
}

/// <summary>A unit that a till let pass and should not have: while it was offline, or while the ledger had lost that it was given back.</summary>
/// <param name="No">Its number in the coupon's feed.</param>
/// <param name="Customer">Whose unit it is.</param>
/// <param name="Device">Which till let it pass.</param>
/// <param name="ScannedAt">When, by the till's clock; missing where it did not tell.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Reason">What the unit was by then: `redeemed`, `returned` or `too-late`.</param>
/// <param name="RedeemedAt">When it was redeemed first, or the redemption that was taken back; missing where there was none.</param>
/// <param name="RedeemedDevice">At which till.</param>
internal readonly record struct ConflictRow(
    long No, string Customer, string Device, long? ScannedAt, long At, string Reason, long? RedeemedAt, string? RedeemedDevice) : IFeedRow
{
    public static IReadOnlyList<string> Columns { get; } = ["no", "customer", "device", "scannedAt", "at", "reason", "redeemedAt", "redeemedDevice"];

    [JsonIgnore]
    public long Number => No;

    public static ConflictRow Of(RedemptionConflict item) => new(
        item.No, item.Customer, item.Device, Millis.Of(item.ScannedAt), Millis.Of(item.At), item.Reason, Millis.Of(item.RedeemedAt), item.RedeemedDevice);

    public void WriteTo(Csv csv)
    {
        csv.Cell(No);
        csv.Cell(Customer);
        csv.Cell(Device);
        csv.Cell(ScannedAt);
        csv.Cell(At);
        csv.Cell(Reason);
        csv.Cell(RedeemedAt);
        csv.Cell(RedeemedDevice);
    }
}

/// <summary>A page of a feed.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The rows, in the order of their numbers.</param>
/// <param name="Next">The parameter `after` of the next page; null at the end.</param>
/// <param name="Queued">Claims that were won and not recorded yet when this was read; missing where that cannot be told at the moment.</param>
internal sealed record FeedAnswer<T>(
    string ErrMsg, IReadOnlyList<T> Data, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Next, long? Queued) where T : struct, IFeedRow;

/// <summary>The last line of an export: without it, the export is not complete.</summary>
/// <param name="End">True.</param>
/// <param name="Count">Lines before it.</param>
/// <param name="Sha256">Of all bytes before it, line ends too; in hexadecimal.</param>
/// <param name="Next">The parameter `after` with which the rest can be had; missing where there is none.</param>
/// <param name="Queued">Claims that were won and not recorded yet when the export began; missing where that could not be told.</param>
internal sealed record ExportEnd(bool End, long Count, string Sha256, long? Next, long? Queued);

/// <summary>Times of the ledger, which are microseconds, as answers have them.</summary>
internal static class Millis
{
    public static long Of(long micros) => micros / 1_000;

    public static long? Of(long? micros) => micros / 1_000;
}

/// <summary>Generated, since rows are written by the million.</summary>
[JsonSerializable(typeof(ClaimRow))]
[JsonSerializable(typeof(EventRow))]
[JsonSerializable(typeof(ConflictRow))]
internal sealed partial class FeedJson : JsonSerializerContext;
