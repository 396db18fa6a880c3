using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SecKill.Grains.Interfaces.Redemptions;

/// <summary>
/// The code of a receipt: 19 characters of 5 random bits each and a check character, in the alphabet of Crockford's base32
/// (https://www.crockford.com/base32.html), which has no I, L, O and U. Crockford's own check symbol is modulo 37 and needs five more
/// symbols (<c>* ~ $ = U</c>) that no till's keyboard layout agrees on; this one stays in the alphabet, and finds more.
/// </summary>
/// <remarks>
/// The characters are elements c0 … c19 of the field GF(32) over x⁵ + x² + 1, and the code is valid if Σ ci·α^(19−i) = 0: a Reed–Solomon
/// code with one check symbol. As the weights differ, every wrong character and every exchange of two characters is found.
/// </remarks>
public readonly record struct ReceiptCode
{
    /// <summary>Characters, the check character among them.</summary>
    public const int Length = 20;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    // x⁵ = x² + 1.
    private const int Overflow = 32, Reduction = 0b100101;

    private ReceiptCode(string text) => Text = text;

    /// <summary>The characters, without groups.</summary>
    public string Text { get; }

    /// <summary>A new code: 95 bits from the system's source of randomness.</summary>
    public static ReceiptCode New()
    {
        Span<char> text = stackalloc char[Length];
        Span<byte> random = stackalloc byte[Length - 1];
        RandomNumberGenerator.Fill(random);
        var sum = 0;
        for (var i = 0; i < random.Length; i++)
        {
            var value = random[i] & 31;
            text[i] = Alphabet[value];
            sum = TimesAlpha(sum) ^ value;
        }
        text[^1] = Alphabet[TimesAlpha(sum)];
        return new ReceiptCode(text.ToString());
    }

    /// <summary>
    /// Reads a code as it was typed or scanned: in any case, with spaces and dashes anywhere, and O for 0, I and L for 1.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ReceiptCode code)
    {
        code = default;
        Span<char> read = stackalloc char[Length];
        var (count, sum) = (0, 0);
        foreach (var typed in text ?? "")
        {
            if (typed is ' ' or '-' or '\t' or '\r' or '\n' or '\u00a0' or '\u2010' or '\u2011' or '\u2013')
                continue;
            var character = char.ToUpperInvariant(typed) switch
            {
                'O' => '0',
                'I' or 'L' => '1',
                var other => other,
            };
            var value = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (value < 0 || count == Length)
                return false;
            read[count++] = character;
            sum = TimesAlpha(sum) ^ value;
        }
        if (count < Length || sum != 0)
            return false;
        code = new ReceiptCode(read.ToString());
        return true;
    }

    /// <summary>As it is read best: four groups of five.</summary>
    public override string ToString() => Text is null ? "" : $"{Text[..5]}-{Text[5..10]}-{Text[10..15]}-{Text[15..]}";

    private static int TimesAlpha(int value)
    {
        value <<= 1;
        return value >= Overflow ? value ^ Reduction : value;
    }
}
