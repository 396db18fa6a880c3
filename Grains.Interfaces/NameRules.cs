using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecKill.Grains.Interfaces;

/// <summary>
/// Which names are accepted. What passes here must work everywhere: in paths, in Redis keys, in SQL, in tokens.
/// </summary>
public static class NameRules
{
    // They show nothing, though Unicode counts them among letters and symbols: the fillers of Hangul, and Braille's empty cell.
    private const string Blanks = "\u115F\u1160\u3164\uFFA0\u2800";

    // They embed, override or isolate a direction of writing, and so reach beyond the name that they stand in.
    private static readonly SearchValues<char> _directionChanges = SearchValues.Create("\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    /// <summary>
    /// As <see cref="FindNameFault"/>, for a name that is new: it must show something, and leave the text around it alone. Names from before
    /// this rule go on working.
    /// </summary>
    /// <inheritdoc cref="FindNameFault"/>
    public static string? FindNewNameFault(string what, string name, int maxLength)
    {
        if (FindNameFault(what, name, maxLength) is { } fault)
            return fault;
        if (name.AsSpan().ContainsAny(_directionChanges))
            return $"{what} must not contain characters that change the direction of writing.";
        foreach (var rune in name.EnumerateRunes())
        {
            if (IsVisible(rune))
                return null;
        }
        return $"{what} must contain a character that can be seen.";
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) && !(rune.IsBmp && Blanks.Contains((char)rune.Value, StringComparison.Ordinal));

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
