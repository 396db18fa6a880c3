using System.CommandLine;
using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary>A command that plays a scenario and reports: what all of them have in common.</summary>
internal static class ScenarioCommand
{
    /// <summary>Plays a scenario, telling the progress.</summary>
    internal delegate Task<ScenarioResult> Play(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop);

    /// <summary>Makes the command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for, with an example.</param>
    /// <param name="play">Plays the scenario.</param>
    /// <param name="own">Its own options.</param>
    /// <param name="adjust">Adds what its own options say.</param>
    public static Command Create(string name, string description, Play play, IReadOnlyList<Option> own, Func<ScenarioOptions, ParseResult, ScenarioOptions> adjust)
    {
        var command = new Command(name, description);
        foreach (var option in own)
            command.Options.Add(option);
        var load = new LoadOptions();
        load.AddTo(command);
        var output = new OutputOptions();
        output.AddTo(command);
        command.Runs(async (parsed, stop) =>
        {
            var options = adjust(load.Read(parsed), parsed);
            var result = await ProgressDisplay.RunAsync(output.IsQuiet(parsed), progress => play(options, progress, stop));
            await output.WriteAsync(parsed, result);
            return result.Passed ? CommandLine.Good : CommandLine.CheckFailed;
        });
        return command;
    }
}
