using System.Buffers;
using System.Reflection;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace SecKill.Gateway.Http;

/// <summary>
/// The names in a path, read from the raw target: the server's decoded path keeps <c>%2F</c>, so that the names <c>a/b</c> and
/// <c>a%2Fb</c> would look alike. They may be names that no account or coupon can have.
/// </summary>
/// <param name="User">The segment after <c>/api/users/</c>: of a claim the seller, of a list the user whose list it is.</param>
/// <param name="Coupon">The segment after <c>coupons/</c>, or empty where the route has none.</param>
internal readonly record struct PathNames(string User, string Coupon) : IEndpointParameterMetadataProvider
{
    private const string RefusalText = "A name in the path is not percent-encoded UTF-8.";

    /// <summary>400 for a path that cannot be read.</summary>
    public static readonly Reply Refusal = Reply.BadRequest(RefusalText);

    /// <summary>Bound by minimal APIs for a parameter of this type.</summary>
    /// <exception cref="BadHttpRequestException">400: a part is not percent-encoded UTF-8.</exception>
    public static ValueTask<PathNames> BindAsync(HttpContext context)
    {
        // "", "api", "users", user, "coupons"[, coupon]; a slash at the end adds an empty one. RequestTarget ensures that the server routes
        // by the same segments.
        var segments = Segments(context, least: 5);
        return ValueTask.FromResult(new PathNames(segments[3], segments.Length > 5 ? segments[5] : ""));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(RouteParameter.User("user", "The seller's name."));
        if (((RouteEndpointBuilder)builder).RoutePattern.GetParameter("coupon") is not null)
            builder.Metadata.Add(RouteParameter.Coupon("The coupon's name."));
        builder.Metadata.Add(Refusal);
    }

    /// <summary>The parts of the path, decoded.</summary>
    /// <param name="least">The least number of them; the first one is empty.</param>
    /// <exception cref="BadHttpRequestException">400, as for <see cref="BindAsync"/>, or there are fewer.</exception>
    internal static string[] Segments(HttpContext context, int least)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        // The absolute form (http://host/path) is legal too.
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0)
            path = path[(path.IndexOf('/', scheme + 3) is >= 0 and var start ? start : path.Length)..];
        var segments = Array.ConvertAll(path.Split('/'), segment => Decode(segment) ?? throw new BadHttpRequestException(RefusalText));
        return segments.Length >= least ? segments : throw new BadHttpRequestException("The path is not understood.");
    }

    /// <summary>Reads the plain form <c>/api/users/{user}/coupons[/{coupon}]</c>, with nothing before or after.</summary>
    /// <returns>False for another form, which <see cref="BindAsync"/> may understand, and for other paths.</returns>
    public static bool TryReadPlain(ReadOnlySpan<char> path, out PathNames names)
    {
        const string Users = "/api/users/", Coupons = "/coupons";
        names = default;
        if (!path.StartsWith(Users, StringComparison.Ordinal))
            return false;
        path = path[Users.Length..];
        var slash = path.IndexOf('/');
        if (slash <= 0 || !path[slash..].StartsWith(Coupons, StringComparison.Ordinal))
            return false;
        var user = path[..slash];
        var rest = path[(slash + Coupons.Length)..];
        if (rest.Length > 0 && (rest.Length == 1 || rest[0] != '/' || rest[1..].Contains('/')))
            return false;
        if (Decode(user) is not { } name || (rest.IsEmpty ? "" : Decode(rest[1..])) is not { } coupon)
            return false;
        names = new PathNames(name, coupon);
        return true;
    }

    /// <returns>Null if the segment is not percent-encoded UTF-8.</returns>
    private static string? Decode(ReadOnlySpan<char> segment)
    {
        if (!Ascii.IsValid(segment))
            return null;
        if (!segment.Contains('%'))
            return segment.ToString();
        var utf8 = new byte[segment.Length];
        var length = 0;
        for (var i = 0; i < segment.Length; length++)
        {
            if (segment[i] != '%')
                utf8[length] = (byte)segment[i++];
            else if (i + 2 < segment.Length && Convert.FromHexString(segment.Slice(i + 1, 2), utf8.AsSpan(length, 1), out _, out _) == OperationStatus.Done)
                i += 3;
            else
                return null;
        }
        return Utf8.IsValid(utf8.AsSpan(0, length)) ? Encoding.UTF8.GetString(utf8, 0, length) : null;
    }
}
