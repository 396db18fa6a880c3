using System.Buffers;

namespace SecKill.ServiceDefaults.Logs;

/// <summary>
/// Text without control characters: client input in a log line must not look like a separate line or control the terminal. The console
/// formatter replaces only line ends.
/// </summary>
internal static class PlainText
{
    /// <summary>All of C0 and C1, the separators of lines and paragraphs, and what turns the direction of writing.</summary>
    private static readonly char[] _letters =
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2066, 4)).Select(code => (char)code)];

    private static readonly SearchValues<char> _controls = SearchValues.Create(_letters);
    private static readonly SearchValues<char> _controlsInLines = SearchValues.Create([.. _letters.Where(letter => letter != '\n')]);

    /// <summary>The text with a space in place of every control character.</summary>
    public static string Of(string text)
    {
        var first = text.AsSpan().IndexOfAny(_controls);
        return first < 0 ? text : string.Create(text.Length, text, static (plain, source) =>
        {
            source.CopyTo(plain);
            plain.ReplaceAny(_controls, ' ');
        });
    }

    /// <summary>
    /// The exception itself, where its text has no control character but ends of lines, which the line formatter replaces; else one that
    /// reads as that text with spaces.
    /// </summary>
    public static Exception? Of(Exception? exception)
    {
        if (exception is null)
            return null;
        var text = exception.ToString();
        return text.AsSpan().IndexOfAny(_controlsInLines) < 0 ? exception : new PlainException(Of(text));
    }

    private sealed class PlainException(string text) : Exception
    {
        public override string Message => text;

        public override string ToString() => text;
    }
}
