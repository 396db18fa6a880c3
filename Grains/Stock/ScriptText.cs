using System.Reflection;

namespace SecKill.Grains.Stock;

/// <summary>The texts of the scripts, with the numbers of our enums and the server's incarnation written in.</summary>
internal static class ScriptText
{
    /// <summary>What calls.lua answers, in place of a <see cref="StockState"/>, for a run that failed: no number of that enum.</summary>
    public const int Failed = 4;

    /// <summary>The text of a script for one incarnation. The nonce makes it, and so its hash, unique to the loader.</summary>
    public static string For(Script script, string incarnation, string nonce)
    {
        var isOfCoupons = script is not (Script.List or Script.Add or Script.Verify or Script.Logout);
        var text = Resource("calls")
            .Replace("{{fence}}", isOfCoupons ? Resource("fence") + Line(script) : "", StringComparison.Ordinal)
            .Replace("{{body}}", Body(script), StringComparison.Ordinal)
            .Replace("{{incarnation}}", incarnation, StringComparison.Ordinal);
        text = WriteIn<WaitOutcome>(WriteIn<ClaimOutcome>(WriteIn<StockState>(text, Decimal), CharacterOf), CharacterOf, "Wait.").Replace("{{Failed}}", Failed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return $"-- {nonce}\n{text}";
    }

    // Only where it is served, for each function of a text costs every call of it.
    private static string Line(Script script) => script is Script.Claim or Script.Tell or Script.Serve ? "\n" + Resource("line") : "";

    private static string Body(Script script) =>
        Resource(script == Script.Tell ? "claim" : script.ToString().ToLowerInvariant())
            .Replace("{{stopped}}", script == Script.Tell ? "true" : "false", StringComparison.Ordinal);

    /// <summary>
    /// An outcome as claim.lua answers it: one character, so that there may be more than ten. Up to 43 none of them is a quote or a
    /// backslash, which would end the text in Lua.
    /// </summary>
    public static string CharacterOf(int outcome) =>
        outcome is >= 0 and <= 43 ? ((char)('0' + outcome)).ToString() : throw new ArgumentOutOfRangeException(nameof(outcome));

    private static string WriteIn<TEnum>(string text, Func<int, string> write, string prefix = "") where TEnum : struct, Enum
    {
        foreach (var value in Enum.GetValues<TEnum>())
            text = text.Replace($"{{{{{prefix}{value}}}}}", write(Convert.ToInt32(value, CultureInfo.InvariantCulture)), StringComparison.Ordinal);
        return text;
    }

    private static string Decimal(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Lua/{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
