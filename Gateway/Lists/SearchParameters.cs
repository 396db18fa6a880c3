using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using SecKill.Gateway.Coupons;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Gateway.Lists;

/// <summary>The query of a search among a seller's coupons.</summary>
internal static class SearchParameters
{
    private const string After = "after", State = "state", Text = "q";

    private static readonly Dictionary<string, SaleState> _states =
        Enum.GetValues<SaleState>().ToDictionary(state => JsonNamingPolicy.CamelCase.ConvertName($"{state}"));

    private static readonly Reply _wrongAfter = Reply.BadRequest("after must be a number that a page before gave as next.");
    private static readonly Reply _wrongState = Reply.BadRequest($"state must be one of {string.Join(", ", _states.Keys)}.");
    private static readonly Reply _wrongText = Reply.BadRequest($"q must have 1 to {CouponName.MaxLength} characters.");
    private static readonly Reply _withPage = Reply.BadRequest("page does not go with after, state and q, and each of those goes once.");

    /// <summary>The refusal of a customer's list.</summary>
    public static Reply OfCustomer { get; } = Reply.BadRequest("after, state and q search among a seller's coupons.");

    /// <summary>What a search may answer.</summary>
    public static Reply[] Replies { get; } =
    [
        new(StatusCodes.Status200OK, SearchAnswer.Of(new CouponsFound([new CouponItem("breakfast", 5, "早餐", 20, 7, State: SaleState.Open)], 4711)), "search"),
        _wrongAfter, _wrongState, _wrongText, _withPage, OfCustomer,
    ];

    public static RouteParameter[] Documented { get; } =
    [
        new(After, "Searches, from the `next` of the page before on; 0 is the beginning.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" }, 0),
        new(State, "Searches sales that are at this.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. _states.Keys.Select(word => (JsonNode)word)] }, "open"),
        new(Text, "Searches names that contain this, in any case.", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = CouponName.MaxLength }, "break"),
    ];

    /// <summary>Whether a search is asked for.</summary>
    public static bool AreIn(IQueryCollection query) => query.Count > 0 && (query.ContainsKey(After) || query.ContainsKey(State) || query.ContainsKey(Text));

    /// <summary>Reads the query.</summary>
    public static bool TryRead(IQueryCollection query, string seller, [NotNullWhen(true)] out CouponSearch? search, [NotNullWhen(false)] out Reply? refusal)
    {
        (search, refusal) = (null, null);
        var (after, state) = (0L, default(SaleState));
        var (hasState, text) = (query.ContainsKey(State), (string?)null);
        if (query.ContainsKey("page") || query.Any(parameter => parameter.Key is After or State or Text && parameter.Value.Count != 1))
            refusal = _withPage;
        else if (query.TryGetValue(After, out var number) && !FeedParameters.TryReadNumber(number[0]!, out after))
            refusal = _wrongAfter;
        else if (hasState && !_states.TryGetValue(query[State][0]!, out state))
            refusal = _wrongState;
        else if (query.TryGetValue(Text, out var part) && (text = part[0]!).EnumerateRunes().Count() is 0 or > CouponName.MaxLength)
            refusal = _wrongText;
        else
            search = new CouponSearch(seller, after, hasState ? state : null, text);
        return refusal is null;
    }
}

/// <summary>The answer to a search.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The coupons, in creation order.</param>
/// <param name="Next">The parameter `after` of the next page; null at the end.</param>
internal sealed record SearchAnswer(
    string ErrMsg, IReadOnlyList<CouponItem> Data, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Next)
{
    public static SearchAnswer Of(CouponsFound found) => new("", found.Coupons, found.Next);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, AnswerJson.Options);
}
