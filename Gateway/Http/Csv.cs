using System.Buffers;

namespace SecKill.Gateway.Http;

/// <summary>
/// Writes CSV (RFC 4180, UTF-8). A cell that a spreadsheet would take for a formula gets an apostrophe before it: names are the customers'
/// choice, and a seller's machine must not compute them.
/// </summary>
internal sealed class Csv(IBufferWriter<byte> output)
{
    public const string ContentType = "text/csv; charset=utf-8";

    private const string Formulas = "=+-@\t\r";

    private static readonly SearchValues<char> _quoted = SearchValues.Create(",\"\r\n");

    private bool _isFirst = true;

    /// <summary>Writes a row of texts.</summary>
    public void Row(params IEnumerable<string?> cells)
    {
        foreach (var cell in cells)
            Cell(cell);
        EndRow();
    }

    /// <summary>Writes the row's next cell; an empty one for null.</summary>
    public void Cell(string? text)
    {
        Separate();
        if (string.IsNullOrEmpty(text))
            return;
        if (Formulas.Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        if (text.AsSpan().ContainsAny(_quoted))
            text = $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        Encoding.UTF8.GetBytes(text, output);
    }

    /// <summary>Writes the row's next cell; an empty one for null.</summary>
    public void Cell(long? number)
    {
        Separate();
        if (number is not { } value)
            return;
        const int MaxDigits = 20;
        value.TryFormat(output.GetSpan(MaxDigits), out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>Ends the row.</summary>
    public void EndRow()
    {
        output.Write("\r\n"u8);
        _isFirst = true;
    }

    private void Separate()
    {
        if (!_isFirst)
            output.Write(","u8);
        _isFirst = false;
    }
}
