using System.Text;

namespace SecKill.Grains.Interfaces;

/// <summary>
/// Which names are accepted. What passes here must work everywhere: in paths, in Redis keys, in SQL, in tokens.
/// </summary>
public static class NameRules
{
    /// <summary>The longest user name, in Unicode code points.</summary>
    public const int MaxUserNameLength = 20;

    /// <summary>The longest coupon name and description, in Unicode code points.</summary>
    public const int MaxCouponTextLength = 60;

    /// <summary>Says what is wrong with a name that goes into paths and keys, or null where nothing is.</summary>
    /// <param name="what">How the message calls it, such as <c>User name</c>.</param>
    /// <param name="name">The name.</param>
    /// <param name="maxLength">In code points.</param>
    public static string? FindNameFault(string what, string name, int maxLength) => name switch
    {
        "" => $"{what} too short.",
        // URI clients and servers resolve these away, encoded or not, so no path could ever name them; proxies do it for
        // such a part of a name too, once they have decoded %2F.
        "." or ".." => $"{what} must not be '{name}'.",
        _ when name.Contains("..", StringComparison.Ordinal) && name.Split('/').Contains("..") => $"{what} must not contain '..' between slashes.",
        _ => FindTextFault(what, name, maxLength),
    };

    /// <summary>Says what is wrong with a text, or null where nothing is; an empty one is fine.</summary>
    /// <inheritdoc cref="FindNameFault"/>
    public static string? FindTextFault(string what, string name, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(name);
        var length = 0;
        for (var i = 0; i < name.Length; length++)
        {
            if (!Rune.TryGetRuneAt(name, i, out var rune))
                return $"{what} is not valid Unicode.";
            if (Rune.IsControl(rune))
                return $"{what} must not contain control characters.";
            i += rune.Utf16SequenceLength;
        }
        return length > maxLength ? $"{what} too long: {maxLength} characters at most." : null;
    }
}
