using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SecKill.Bench.Commands;

/// <summary>Options that are numbers within bounds.</summary>
internal static class Counts
{
    /// <summary>An option that counts something, from 1.</summary>
    public static Option<int> Option(string name, string description, int value, int highest = int.MaxValue) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }.Within(1, highest);

    /// <summary>Refuses values outside of inclusive bounds.</summary>
    public static TOption Within<TOption>(this TOption option, double lowest, double highest)
        where TOption : Option
    {
        option.Validators.Add(result => Check(result, lowest, highest));
        return option;
    }

    private static void Check(OptionResult result, double lowest, double highest)
    {
        if (result.Tokens.Count == 0 || !double.TryParse(result.Tokens[^1].Value, CultureInfo.InvariantCulture, out var value))
            return;
        if (!(value >= lowest && value <= highest))
            result.AddError($"{result.Option.Name} must be {(highest >= int.MaxValue ? $"at least {lowest}" : $"from {lowest} to {highest}")}.");
    }
}
