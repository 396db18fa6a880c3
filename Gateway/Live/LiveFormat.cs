using Microsoft.Net.Http.Headers;

namespace SecKill.Gateway.Live;

/// <summary>The two forms of a sale: a stream of events, or one snapshot as JSON.</summary>
internal static class LiveFormat
{
    /// <summary>The type of a stream.</summary>
    public const string EventStream = "text/event-stream";

    private const string Json = "application/json";

    /// <summary>
    /// Whether a client accepts JSON rather than a stream: by a higher weight, or by a closer name at the same weight, as in
    /// <c>application/json, */*</c>.
    /// </summary>
    public static bool WantsOneSnapshot(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Weight(accepted, Json).CompareTo(Weight(accepted, EventStream)) > 0;
    }

    /// <summary>The closest range that matches a type decides (RFC 9110, 12.5.1).</summary>
    private static (double Quality, int Closeness) Weight(IList<MediaTypeHeaderValue> accepted, string type)
    {
        var best = (Quality: 0.0, Closeness: -1);
        foreach (var range in accepted)
        {
            var closeness = range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2;
            if (closeness > best.Closeness && range.MatchesMediaType(type))
                best = (range.Quality ?? 1, closeness);
        }
        // A weight of 0 refuses the type.
        return best.Quality > 0 ? best : (0, -1);
    }
}
