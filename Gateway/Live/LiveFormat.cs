using System.Net.Mime;
using Microsoft.Net.Http.Headers;

namespace SecKill.Gateway.Live;

/// <summary>The two forms of a sale: a stream of events, or one snapshot as JSON.</summary>
internal static class LiveFormat
{
    /// <summary>
    /// Whether a client accepts JSON rather than a stream: by a higher weight, or by a closer name at the same weight, as in
    /// <c>application/json, */*</c>.
    /// </summary>
    public static bool WantsOneSnapshot(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Weight(accepted, MediaTypeNames.Application.Json).CompareTo(Weight(accepted, MediaTypeNames.Text.EventStream)) > 0;
    }

    /// <summary>The closest range that matches a type decides (RFC 9110, 12.5.1).</summary>
    private static (double Quality, int Closeness) Weight(IEnumerable<MediaTypeHeaderValue> accepted, string type)
    {
        var (quality, closeness) = accepted.Where(range => range.MatchesMediaType(type))
            .Select(range => (range.Quality ?? 1, range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2))
            .OrderByDescending(range => range.Item2).FirstOrDefault();
        // A weight of 0 refuses the type.
        return quality > 0 ? (quality, closeness) : (0, -1);
    }
}
