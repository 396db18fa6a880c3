namespace SecKill.Tests.Integration.Contract;

internal static class Characters
{
    /// <summary>Names of nothing that can be seen, and such as turn the writing around them; by numbers, for they do not show.</summary>
    public static TheoryData<string> Unseen =>
    [
        "20", "20 20", "A0", "3000", "200B", "200D", "FEFF", "AD", "200F", "2060 20", "FE0F", "301", "3164", "2800", "2028", "E0041", "61 202E 62", "61 2066", "202A 61 202C",
    ];

    /// <summary>The text of such numbers.</summary>
    public static string Text(string codePoints) => string.Concat(codePoints.Split(' ').Select(code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));

    /// <summary>By number, for they do not show in a test's name.</summary>
    public static TheoryData<int> Control => [0x00, 0x01, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x85];
}
