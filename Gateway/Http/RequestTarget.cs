using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace SecKill.Gateway.Http;

/// <summary>
/// Refuses targets that a proxy may read as another path than the server does. Kestrel decodes and resolves dot segments before it routes,
/// so <c>/docs/../metrics</c> would pass a proxy that lets <c>/docs</c> pass, and be answered as <c>/metrics</c>.
/// </summary>
internal static class RequestTarget
{
    private const string Slashes = "/\\";

    // RFC 3986 allows neither in a target. Some servers read the first as a slash, and the second as the end of the path.
    private static readonly SearchValues<char> _unlawful = SearchValues.Create("\\#");

    private static readonly SearchValues<char> _slashes = SearchValues.Create(Slashes);

    // Encoding these (RFC 3986, unreserved) serves only to hide a path from a proxy that does not decode it.
    private static readonly SearchValues<char> _slashesAndUnreserved =
        SearchValues.Create(Slashes + "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Below these the segments are names, which may contain any character, as in "a/b" or "50%".
    private static readonly PathString[] _withNames = ["/api/users", "/api/live", "/api/admin/customers"];

    /// <summary>Answers them 400. First in the pipeline.</summary>
    public static void UseTargetCheck(this WebApplication app) => app.Use((context, next) =>
        IsPlain(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.Path)
            ? next(context)
            : Reply.BadRequest("The path must be plain: no '.' or '..' between slashes, no backslash, and nothing encoded but what must be.").ExecuteAsync(context));

    /// <summary>Whether all proxies read the target as the path that is routed.</summary>
    /// <param name="target">As it was sent.</param>
    /// <param name="routed">The path as the server has decoded it.</param>
    internal static bool IsPlain(ReadOnlySpan<char> target, PathString routed)
    {
        var path = target.IndexOf('?') is >= 0 and var end ? target[..end] : target;
        if (path.ContainsAny(_unlawful) || HasDotSegment(path))
            return false;
        var isOrigin = path is ['/', ..];
        if (!isOrigin && path is not "*" && !IsWebAddress(path))
            return false;
        if (!path.Contains('%'))
            return true;
        // In the absolute form the server decodes an encoded slash.
        return HoldsNames(routed) ? isOrigin || !Encodes(path, _slashes) : !Encodes(path, _slashesAndUnreserved);
    }

    private static bool IsWebAddress(ReadOnlySpan<char> target) =>
        target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool HoldsNames(PathString routed)
    {
        foreach (var prefix in _withNames)
        {
            if (routed.StartsWithSegments(prefix, out var names) && names.HasValue)
                return true;
        }
        return false;
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (var segment in path.Split('/'))
        {
            if (IsDots(path[segment]))
                return true;
        }
        return false;
    }

    /// <summary>Whether it is <c>.</c> or <c>..</c>, each dot plain or encoded.</summary>
    private static bool IsDots(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        for (; !segment.IsEmpty; dots++)
        {
            if (segment[0] == '.')
                segment = segment[1..];
            else if (segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase))
                segment = segment[3..];
            else
                return false;
        }
        return dots is 1 or 2;
    }

    private static bool Encodes(ReadOnlySpan<char> path, SearchValues<char> any)
    {
        while (path.IndexOf('%') is >= 0 and var at)
        {
            path = path[(at + 1)..];
            if (path.Length >= 2 && byte.TryParse(path[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var character) && any.Contains((char)character))
                return true;
        }
        return false;
    }
}
