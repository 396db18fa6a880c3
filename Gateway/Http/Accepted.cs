using Microsoft.Net.Http.Headers;

namespace SecKill.Gateway.Http;

/// <summary>What a client takes as the form of an answer, by its header <c>Accept</c>.</summary>
internal static class Accepted
{
    /// <summary>The first of the types with the highest weight, then of the closest name; without a header the first.</summary>
    /// <returns>Null if it takes none of them.</returns>
    public static string? Best(HttpRequest request, params IReadOnlyList<string> types)
    {
        var accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
            return types[0];
        var best = types.MaxBy(type => Weight(accepted, type))!;
        return Weight(accepted, best).Quality > 0 ? best : null;
    }

    /// <summary>The closest range that matches a type decides (RFC 9110, 12.5.1). A weight of 0 refuses the type.</summary>
    public static (double Quality, int Closeness) Weight(IEnumerable<MediaTypeHeaderValue> accepted, string type)
    {
        var (quality, closeness) = accepted.Where(range => range.MatchesMediaType(type))
            .Select(range => (range.Quality ?? 1, range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2))
            .OrderByDescending(range => range.Item2).FirstOrDefault();
        return quality > 0 ? (quality, closeness) : (0, -1);
    }
}
