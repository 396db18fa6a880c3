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
            .Replace("{{fence}}", isOfCoupons ? Resource("fence") : "", StringComparison.Ordinal)
            .Replace("{{body}}", Resource(script.ToString().ToLowerInvariant()), StringComparison.Ordinal)
            .Replace("{{incarnation}}", incarnation, StringComparison.Ordinal);
        text = WriteIn<ClaimOutcome>(WriteIn<StockState>(text)).Replace("{{Failed}}", Failed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return $"-- {nonce}\n{text}";
    }

    private static string WriteIn<TEnum>(string text) where TEnum : struct, Enum
    {
        foreach (var value in Enum.GetValues<TEnum>())
        {
            var number = Convert.ToInt32(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
            text = text.Replace($"{{{{{value}}}}}", number, StringComparison.Ordinal);
        }
        return text;
    }

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Lua/{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
