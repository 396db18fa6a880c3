using System.Net.Mime;

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
        return Accepted.Weight(accepted, MediaTypeNames.Application.Json).CompareTo(Accepted.Weight(accepted, MediaTypeNames.Text.EventStream)) > 0;
    }
}
