using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Coupons;

/// <summary>Samples of the feed routes' answers, for the OpenAPI document.</summary>
internal static class FeedSamples
{
    // Milliseconds since 1970.
    private const long Time = 1795701276288;

    private static readonly ClaimRow[] _claims = [new(1, "alice", Time, FeedKinds.Claimed, Time), new(2, "陈明", Time + 12, FeedKinds.Returned, Time + 60_000)];

    private static readonly EventRow[] _events = [new(1, FeedKinds.Claimed, "alice", Time), new(3, FeedKinds.Changed, null, Time + 30_000)];

    private static readonly ConflictRow[] _conflicts = [new(7, "alice", "till 2", Time, Time + 60_000, FeedKinds.Redeemed, Time - 1_000, "till 1")];

    public static Reply Conflicts { get; } = new(StatusCodes.Status200OK, new FeedAnswer<ConflictRow>("", _conflicts, null, 0), "last-page");

    public static Reply Claims { get; } = new(StatusCodes.Status200OK, new FeedAnswer<ClaimRow>("", _claims, 2, 1), "page");

    public static Reply Events { get; } = new(StatusCodes.Status200OK, new FeedAnswer<EventRow>("", _events, null, 0), "last-page");

    public static OtherForm[] ClaimForms { get; } = Forms(_claims);

    public static OtherForm[] EventForms { get; } = Forms(_events);

    public static OtherForm[] ConflictForms { get; } = Forms(_conflicts);

    public static Reply Report { get; } = new(StatusCodes.Status200OK, ReportAnswer.Of(new SaleReport(
        20, 8, 0, 13, 1, 2, false, Time * 1_000, (Time + 60_000) * 1_000, null, new ClaimCounts(15, 1, 0, 0))), "report");

    private static OtherForm[] Forms<T>(T[] rows) where T : struct, IFeedRow => [new(FeedApi.CsvType, Sample<T>(FeedApi.CsvType, rows)), new(FeedApi.NdjsonType, Sample<T>(FeedApi.NdjsonType, rows))];

    private static string Sample<T>(string type, T[] rows) where T : struct, IFeedRow
    {
        using var export = FeedExport<T>.In(type);
        Array.ForEach(rows, export.Add);
        return Encoding.UTF8.GetString(export.Whole());
    }
}
