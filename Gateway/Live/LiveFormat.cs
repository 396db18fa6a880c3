using Microsoft.Net.Http.Headers;

namespace SecKill.Gateway.Live;

/// <summary>In which of its two forms a client wants a sale: a stream of events, or one reading as JSON.</summary>
internal static class LiveFormat
{
    /// <summary>The type of a stream.</summary>
    public const string EventStream = "text/event-stream";

    private const string Json = "application/json";

    /// <summary>
    /// Streams are the rule. JSON is for clients that weigh it more; where both weigh the same, for those that name it more closely, as
    /// <c>application/json, */*</c> does.
    /// </summary>
    public static bool WantsOneReading(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Weight(accepted, Json).CompareTo(Weight(accepted, EventStream)) > 0;
    }

    /// <summary>The closest range that takes in a type decides on it (RFC 9110, 12.5.1).</summary>
    private static (double Quality, int Closeness) Weight(IList<MediaTypeHeaderValue> accepted, string type)
    {
        var best = (Quality: 0.0, Closeness: -1);
        foreach (var range in accepted)
        {
            var closeness = range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2;
            if (closeness > best.Closeness && range.MatchesMediaType(type))
                best = (range.Quality ?? 1, closeness);
        }
        // What is refused by name is as what is not accepted at all.
        return best.Quality > 0 ? best : (0, -1);
    }
}
