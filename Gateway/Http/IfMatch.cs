using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Http;

/// <summary>The request header that makes a change conditional on the version of the coupon, as its <c>ETag</c> told it.</summary>
internal static class IfMatch
{
    /// <summary>The header's name.</summary>
    public const string Header = "If-Match";

    // No coupon has it: for tags that match none.
    private const long NoVersion = -1;

    /// <summary>400 for what is no entity tag.</summary>
    public static readonly Reply Refusal = Reply.BadRequest($"{Header} takes one entity tag, as \"3\", or *.");

    /// <summary>As a route declares it.</summary>
    public static RouteParameter Parameter { get; } = new(
        Header, "Binds the change to this version of the coupon, as its `ETag` told it.", new OpenApiSchema { Type = JsonSchemaType.String }, "*", IsHeader: true);

    /// <summary>Reads the version that is asked for; null where any will do. Weak tags match none.</summary>
    /// <returns>False for what is no entity tag.</returns>
    public static bool TryRead(StringValues values, out long? version)
    {
        version = null;
        if (values.Count == 0 || (values.Count == 1 && values[0] == "*"))
            return true;
        if (values.Count != 1 || values[0] is not { } tag)
            return false;
        var isWeak = tag.StartsWith("W/", StringComparison.Ordinal);
        var quoted = isWeak ? tag.AsSpan(2) : tag;
        if (quoted is not ['"', .. var opaque, '"'] || opaque.ContainsAny('"', ' ', ','))
            return false;
        version = !isWeak && long.TryParse(opaque, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (opaque is "0" || opaque[0] != '0')
            ? number : NoVersion;
        return true;
    }

    /// <summary>The entity tag of a version.</summary>
    public static string TagOf(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
