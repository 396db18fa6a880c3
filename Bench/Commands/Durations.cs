using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SecKill.Bench.Commands;

/// <summary>Durations as one types them: <c>10s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>, or plain seconds.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Seconds)[] _units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    /// <summary>An option that is a duration. Null: not given; help names what holds then.</summary>
    public static Option<TimeSpan?> Option(string name, string description, string otherwise) =>
        new(name) { Description = $"{description} [default: {otherwise}]", CustomParser = Parse };

    private static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        foreach (var (unit, seconds) in _units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * seconds <= TimeSpan.FromDays(1).TotalSeconds)
            {
                return TimeSpan.FromSeconds(number * seconds);
            }
        }
        result.AddError($"'{text}' is no duration of at most a day. Write 10s, 500ms, 2m, or plain seconds.");
        return null;
    }
}
