using System.Globalization;

namespace SecKill.Gateway.Http;

/// <summary>Whole numbers in any JSON notation: <c>20.0</c> and <c>2e1</c> are integers to JSON Schema.</summary>
internal static class JsonNumber
{
    // As many as an Int32 has.
    private const int MaxDigits = 10;

    /// <summary>The value, exactly.</summary>
    /// <param name="text">A number in JSON's notation.</param>
    /// <returns>Null for a fraction, or a number out of the range of 32 bits.</returns>
    public static int? AsInt32(ReadOnlySpan<char> text)
    {
        var isNegative = text[0] == '-';
        text = text.TrimStart('-');
        var end = text.IndexOfAny('e', 'E') is > 0 and var at ? at : text.Length;
        var (mantissa, exponent) = (text[..end].ToString(), end < text.Length ? text[(end + 1)..].ToString() : "0");
        var point = mantissa.IndexOf('.');
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        var significant = digits.TrimEnd('0');
        if (significant.Length == 0)
            return 0;
        // The power of ten of the last significant digit. An exponent that is no Int32 exceeds all digits of a body.
        if (!int.TryParse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power))
            return null;
        var zeros = (long)power + (digits.Length - significant.Length) - (point < 0 ? 0 : mantissa.Length - point - 1);
        if (zeros < 0 || significant.Length + zeros > MaxDigits)
            return null;
        var value = long.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture);
        for (; zeros > 0; zeros--)
            value *= 10;
        value = isNegative ? -value : value;
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : null;
    }
}
