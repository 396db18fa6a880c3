using System.Diagnostics.CodeAnalysis;
using Microsoft.OpenApi;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Coupons;

/// <summary>What a client asks of a feed.</summary>
/// <param name="After">The number that the first row follows.</param>
/// <param name="Limit">How many rows at most; null for no limit.</param>
/// <param name="Customer">Of which customer alone; null for all.</param>
internal readonly record struct FeedParameters(long After, int? Limit, string? Customer)
{
    private static readonly Reply _wrongAfter = Reply.BadRequest("after must be a number that a page before gave as next, or that of a row.");
    private static readonly Reply _wrongLimit = Reply.BadRequest($"limit must be a whole number from 1 to {FeedQuery.MaxCount}.");
    private static readonly Reply _unknown = Reply.BadRequest("The query has a parameter that is not known here, or one twice.");

    /// <summary>The refusals of a feed without customers.</summary>
    public static Reply[] Refusals { get; } = [_wrongAfter, _wrongLimit, _unknown];

    /// <summary>The refusal of any parameter.</summary>
    public static Reply Unknown => _unknown;

    public static RouteParameter[] Documented { get; } =
    [
        new("after", "Only rows of a higher number than this: a page's `next`, or the number of any row.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0", Default = 0 }, 0),
        new("limit", "How many rows at most. As JSON 1000 if missing; other forms then give all there are.", new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{FeedQuery.MaxCount}" }, 100),
    ];

    public static RouteParameter Named { get; } = RouteParameter.User("customer", "Only claims of this customer.");

    /// <summary>Reads the query.</summary>
    /// <param name="takesCustomer">Whether this feed can be read of one customer.</param>
    public static bool TryRead(IQueryCollection query, bool takesCustomer, out FeedParameters parameters, [NotNullWhen(false)] out Reply? refusal)
    {
        (parameters, refusal) = (default, null);
        int? limit = null;
        string? customer = null;
        var after = 0L;
        foreach (var (name, values) in query)
        {
            if (values is not [{ } text])
                refusal = _unknown;
            else if (name == "after")
                refusal = TryReadNumber(text, out after) ? null : _wrongAfter;
            else if (name == "limit")
                refusal = TryReadLimit(text, out limit) ? null : _wrongLimit;
            else if (name == "customer" && takesCustomer)
                refusal = UserName.TryParse(customer = text, out _, out var fault) ? null : Reply.BadRequest(fault);
            else
                refusal = _unknown;
            if (refusal is not null)
                return false;
        }
        parameters = new FeedParameters(after, limit, customer);
        return true;
    }

    private static bool TryReadLimit(string text, out int? limit)
    {
        limit = TryReadNumber(text, out var number) && number is >= 1 and <= FeedQuery.MaxCount ? (int)number : null;
        return limit is not null;
    }

    /// <summary>Digits alone, within 64 bits.</summary>
    public static bool TryReadNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
