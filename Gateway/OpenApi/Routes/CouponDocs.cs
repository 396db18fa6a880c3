using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using SecKill.Gateway.Coupons;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.OpenApi.Routes;

/// <summary>Create, list and claim coupons.</summary>
internal static class CouponDocs
{
    private static readonly ClaimOutcome[] _refusals = [ClaimOutcome.SoldOut, ClaimOutcome.AlreadyClaimed, ClaimOutcome.NoSuchCoupon];
    private static readonly ParameterDoc _seller = Common.Name("user", "The seller's name.", UserName.MaxLength, "bob");

    public static RouteDoc Create { get; } = new("createCoupon", ApiTags.Coupons, "Create a coupon", "Sellers only, in their own name. It is on sale at once.")
    {
        Access = Access.Token,
        Parameters = [_seller],
        Body = new BodyDoc(typeof(CouponBody), new Dictionary<string, JsonNode>
        {
            ["breakfast"] = new JsonObject { ["name"] = "breakfast", ["amount"] = 20, ["stock"] = 5, ["description"] = "早餐" },
        }),
        Answers =
        [
            Common.Success(StatusCodes.Status201Created, "Created."),
            Common.Texts(StatusCodes.Status400BadRequest, "Not created; `errMsg` tells why.",
                "Create failed. Maybe (username,coupon name) duplicates", JsonBody.Refusal,
                $"amount must be a whole number from 1 to {int.MaxValue}.", $"stock must be a whole number from 0 to {int.MaxValue}.", Common.NoUtf8),
            Common.Texts(StatusCodes.Status401Unauthorized, "No good token, or not that of the seller.",
                ["Only sellers can create coupons.", "Cannot create coupons for other users.", .. Common.TokenTexts]),
            Common.BodyTooLarge,
            Common.TooMany("This seller creates coupons too fast. Nothing was done.", "Too many coupons of this seller. Try again in 1 s."),
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc List { get; } = new("listCoupons", ApiTags.Coupons, "List coupons", """
        A seller's coupons, which everybody who is logged in may see, in the order of their creation; or one's own coupons as a customer, in the
        order in which they were claimed, without `amount` and `left`. A page holds 20. Two sellers may use one name:
        with `with=seller` each of one's own coupons also tells its `seller`.
        A seller's coupon whose stock cannot be verified at the moment comes without `left`.
        """)
    {
        Access = Access.Token,
        Parameters =
        [
            Common.Name("user", "A seller's name, or one's own.", UserName.MaxLength, "bob"),
            new ParameterDoc("page", ParameterLocation.Query, "A whole number. None, 0 and negative ones mean the first page.",
                new OpenApiSchema { Type = JsonSchemaType.Integer, Default = 1 }, 1),
            new ParameterDoc("with", ParameterLocation.Query, "`seller` has a customer's own coupons tell whose they are. Anything else is ignored.",
                new OpenApiSchema { Type = JsonSchemaType.String }, "seller"),
        ],
        Answers =
        [
            Lists(StatusCodes.Status200OK, "The page.",
                ("seller", new ListAnswer("", [new CouponItem("breakfast", 5, "早餐", 20, 7)])),
                ("customer", new ListAnswer("", [new CouponItem("breakfast", 5, "早餐", null, null)])),
                ("customer-with-sellers", new ListAnswer("", [new CouponItem("breakfast", 5, "早餐", null, null, "bob")]))),
            new AnswerDoc(StatusCodes.Status204NoContent, "The page is empty."),
            Common.Texts(StatusCodes.Status400BadRequest, "Not a list.", "Wrong format of page.", "Record not found.", Common.NoUtf8),
            Refusals(),
            Common.Fault,
            Common.Unavailable,
        ],
    };

    public static RouteDoc Claim { get; } = new("claimCoupon", ApiTags.Coupons, "Claim a piece of a coupon", """
        Customers only; one piece a customer. Once it is answered 201, the claim is for ever. Safe to send again: whoever has won hears
        `already-claimed`.
        """)
    {
        Access = Access.Token,
        Parameters = [_seller, Common.Name("coupon", "The coupon's name.", CouponName.MaxLength, "breakfast")],
        Answers =
        [
            Common.Success(StatusCodes.Status201Created, "Claimed.") with { Headers = [Common.ClaimResult(ClaimEndpoint.WordOf(ClaimOutcome.Claimed))] },
            new AnswerDoc(StatusCodes.Status204NoContent, "Not claimed; the header tells why.")
            {
                Headers = [Common.ClaimResult([.. _refusals.Select(ClaimEndpoint.WordOf)])],
            },
            Common.Texts(StatusCodes.Status400BadRequest, "The path cannot be read.", Common.NoUtf8),
            Common.Texts(StatusCodes.Status401Unauthorized, "No good token, or that of a seller.", ["Sellers aren't allowed to get coupons.", .. Common.TokenTexts]),
            Common.Fault,
            Common.UnavailableWith("The claim could not be decided. Try again."),
        ],
    };

    private static AnswerDoc Lists(int status, string description, params (string Name, ListAnswer Answer)[] examples) => new(status, description)
    {
        Bodies = [typeof(ListAnswer)],
        Examples = examples.ToDictionary(example => example.Name, example => Common.Json(example.Answer, AnswerJson.Plain.ListAnswer)),
    };

    private static AnswerDoc Refusals()
    {
        var texts = Common.Texts(StatusCodes.Status401Unauthorized, "No good token, or another customer's coupons.", [.. Common.TokenTexts]);
        var other = Common.Json(new ListAnswer("Cannot check other customer.", []), AnswerJson.Plain.ListAnswer);
        return texts with
        {
            Bodies = [typeof(Answer), typeof(ListAnswer)],
            Examples = texts.Examples.Append(new("other-customer", other)).ToDictionary(),
        };
    }
}
