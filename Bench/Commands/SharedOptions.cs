using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Commands;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary>An option that counts something, from 1.</summary>
    public static Option<int> Count(string name, string description, int value, int highest = int.MaxValue) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }.Within(1, highest);

    /// <summary>The units of a coupon, by their older name too.</summary>
    public static Option<int> Units(string description, int value, int highest = int.MaxValue)
    {
        var option = Count("--units", description, value, highest);
        option.Aliases.Add("--pieces");
        return option;
    }

    /// <summary>Where the product is.</summary>
    public static Option<string?> Product() => new("--product") { Description = "The product's repository or published folder, if not that of this program.", HelpName = "folder" };

    /// <summary>Where a report is written.</summary>
    public static Option<string?> Json() => new("--json")
    {
        Description = $"Write the result as JSON into this file; '{JsonReport.StandardOutput}' is the standard output, and the report then goes to the standard error.",
        HelpName = "file",
    };

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
