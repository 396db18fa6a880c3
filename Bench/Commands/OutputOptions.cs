using System.CommandLine;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Commands;

/// <summary>The options of what is written, and where.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string?> _json = SharedOptions.Json();

    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress and no report; only failed checks and errors." };

    public void AddTo(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_quiet);
    }

    /// <summary>Whether to print neither progress nor a report.</summary>
    public bool IsQuiet(ParseResult parsed) => parsed.GetValue(_quiet);

    /// <summary>Writes the report and the JSON.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">The file cannot be written.</exception>
    public async Task<int> WriteAsync(ParseResult parsed, ScenarioResult result)
    {
        var json = parsed.GetValue(_json);
        var console = json == JsonReport.StandardOutput ? Console.Error : Console.Out;
        if (!IsQuiet(parsed))
            await console.WriteAsync(TextReport.Of(result));
        else if (!result.Passed)
            await Console.Error.WriteAsync(TextReport.FailuresOf(result));
        if (json is not null)
            await JsonReport.WriteAsync(result, json);
        return CommandLine.CodeOf(result.Passed);
    }
}
