using System.Text.Json;
using System.Text.Json.Serialization;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Gateway.Admin;

/// <summary>The answer about one coupon.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">What was found.</param>
internal sealed record AuditAnswer(string ErrMsg, AuditItem Data);

/// <summary>The answer about a page of coupons.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Summary">How many coupons of the page there are of each verdict.</param>
/// <param name="Data">Those that do not simply agree.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; missing on the last.</param>
internal sealed record AuditPageAnswer(string ErrMsg, IReadOnlyDictionary<AuditVerdict, int> Summary, IReadOnlyList<AuditItem> Data, long? Next);

/// <summary>What was found of a coupon.</summary>
internal sealed record AuditItem(
    string Seller, string Coupon, AuditVerdict Verdict, IReadOnlyList<string> Words, StockCounts? Redis, LedgerCounts? Ledger,
    IReadOnlyList<AuditDifference> Differences)
{
    public static AuditItem Of(CouponAudit audit) =>
        new(audit.Coupon.Seller.Value, audit.Coupon.Name.Value, audit.Verdict, audit.Words(), audit.Stock, audit.Ledger, audit.Differences);
}

/// <summary>How these answers are written.</summary>
[JsonSerializable(typeof(AuditAnswer))]
[JsonSerializable(typeof(AuditPageAnswer))]
[JsonSerializable(typeof(PlacementAnswer))]
[JsonSerializable(typeof(CouponPlacementAnswer))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>As all answers, with the names of enums.</summary>
    public static AdminJson Plain { get; } = new(new JsonSerializerOptions(AnswerJson.NewOptions())
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    });
}
