using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using SecKill.Gateway.Admin;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.OpenApi.Routes;

/// <summary>The operators' routes.</summary>
internal static class OperatorDocs
{
    private const string CouponNeeded = "seller and coupon are needed, each once.";
    private const string Silo = "10.0.0.1:11111@139570";

    private static readonly CouponAudit _agrees = new(
        CouponId.Known("bob", "breakfast"), AuditVerdict.Agrees, new StockCounts(StockState.Verified, 1, 0, 20, 7, 13, 13, 0), new LedgerCounts(1, 0, 20, 7, 13, 13), []);

    private static readonly CouponAudit _differs = _agrees with
    {
        Verdict = AuditVerdict.Differs,
        Differences = [new AuditDifference(AuditDifferenceKind.OwnersLost, 1, ["alice"])],
    };

    private static readonly AnswerDoc _refused = Common.Texts(
        StatusCodes.Status401Unauthorized, "Not the operators' key.", "This needs the operators' key: Authorization: Bearer, and the setting Admin:Key.");

    private static readonly AnswerDoc _unknown = Common.Texts(StatusCodes.Status404NotFound, "No such coupon.", "The ledger has no such coupon.");

    public static RouteDoc Audit { get; } = new("audit", ApiTags.Operators, "Audit a coupon, or all", """
        Whether Redis and the ledger agree. It changes nothing. With `seller` and `coupon` it tells of that coupon; without, of a page of all
        coupons, newest first: how many there are of each verdict, and those in full that do not simply agree.
        """)
    {
        Access = Access.Operator,
        Parameters =
        [
            Seller("With `coupon`: which one."),
            Coupon("With `seller`: which one."),
            Query("deep", "Look further: for one coupon into its owners' lists, for all at every name.", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false }, true),
            Query("after", "The `next` of the page before.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" }, 4711),
        ],
        Answers =
        [
            new AnswerDoc(StatusCodes.Status200OK, "What was found.")
            {
                Bodies = [typeof(AuditAnswer), typeof(AuditPageAnswer)],
                Examples = new Dictionary<string, JsonNode>
                {
                    ["coupon"] = Common.Json(new AuditAnswer("", AuditItem.Of(_agrees)), AdminJson.Plain.AuditAnswer),
                    ["page"] = Common.Json(new AuditPageAnswer(
                        "", new Dictionary<AuditVerdict, int> { [AuditVerdict.Agrees] = 99, [AuditVerdict.Differs] = 1 }, [AuditItem.Of(_differs)], 4711), AdminJson.Plain.AuditPageAnswer),
                },
            },
            Common.Texts(StatusCodes.Status400BadRequest, "A question that is none.", CouponNeeded, "after must be the number that the page before gave as next."),
            _refused,
            _unknown,
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc Placement { get; } = new("placement", ApiTags.Operators, "On which silos coupons are active", """
        Without `seller` and `coupon`: every silo, and how many coupons and other grains are active there. With both: the silo of that coupon,
        without activating it.
        """)
    {
        Access = Access.Operator,
        Parameters =
        [
            Seller("With `coupon`: which one."),
            Coupon("With `seller`: which one."),
        ],
        Answers =
        [
            new AnswerDoc(StatusCodes.Status200OK, "Where they are. `data` of a coupon has no `silo` while it is active nowhere.")
            {
                Bodies = [typeof(PlacementAnswer), typeof(CouponPlacementAnswer)],
                Examples = new Dictionary<string, JsonNode>
                {
                    ["silos"] = Common.Json(new PlacementAnswer("", [new SiloPlacement(Silo, 40, 213), new SiloPlacement("10.0.0.2:11111@139571", 38, 190)]), AdminJson.Plain.PlacementAnswer),
                    ["coupon"] = Common.Json(new CouponPlacementAnswer("", new CouponPlacement("bob", "breakfast", Silo)), AdminJson.Plain.CouponPlacementAnswer),
                },
            },
            Common.Texts(StatusCodes.Status400BadRequest, "A question that is none.", CouponNeeded),
            _refused,
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc Rebuild { get; } = new("rebuild", ApiTags.Operators, "Rebuild a coupon's stock", """
        Makes the coupon's stock in Redis anew from the ledger and whatever else knows of claims, as after a loss of Redis. Nobody is answered
        wrongly meanwhile; claims wait, or are 503.
        """)
    {
        Access = Access.Operator,
        Parameters =
        [
            Seller("Whose coupon."),
            Coupon("Which one."),
        ],
        Answers =
        [
            new AnswerDoc(StatusCodes.Status200OK, "Rebuilt; what an audit finds now.")
            {
                Bodies = [typeof(AuditAnswer)],
                Examples = new Dictionary<string, JsonNode> { ["coupon"] = Common.Json(new AuditAnswer("", AuditItem.Of(_agrees)), AdminJson.Plain.AuditAnswer) },
            },
            Common.Texts(StatusCodes.Status400BadRequest, "Not a coupon.", CouponNeeded),
            _refused,
            _unknown,
            Common.Fault,
            Common.Unavailable,
        ],
    };

    private static ParameterDoc Seller(string description) =>
        Query("seller", description, new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = UserName.MaxLength }, "bob");

    private static ParameterDoc Coupon(string description) =>
        Query("coupon", description, new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = CouponName.MaxLength }, "breakfast");

    private static ParameterDoc Query(string name, string description, OpenApiSchema schema, JsonNode example) =>
        new(name, ParameterLocation.Query, description, schema, example);
}
