using System.CommandLine;
using SecKill.Bench.Commands;
using SecKill.Research.Compare.Contenders;

namespace SecKill.Research.Compare;

/// <summary><c>research compare</c>: its options.</summary>
internal static class CompareCommand
{
    // The default duration of a measurement, and of the warm-up.
    private static readonly TimeSpan _preset = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        var scenario = Several("--scenario", $"{string.Join(", ", ComparedScenario.All.Select(scenario => scenario.Name))}; may be given several times.", "sell")
            .AcceptOnlyFromAmong([.. ComparedScenario.All.Select(scenario => scenario.Name)]);
        var deployment = Several(
            "--deployment", "How the product is run: two (gateway and silo, Redis, MySQL), embedded (one process), cohosted (one process, Redis, MySQL).", "two")
            .AcceptOnlyFromAmong([.. Product.Ways]);
        var targets = Several("--targets", $"What is measured, separated by commas: {string.Join(",", CompareOptions.TargetNames)}.", [.. CompareOptions.TargetNames]);
        targets.CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        targets.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>().Except(CompareOptions.TargetNames).FirstOrDefault() is { } unknown)
                result.AddError($"There is no target '{unknown}'.");
        });
        var client = new Option<string?>("--client") { Description = "wrk or bench; wrk where it is installed." }.AcceptOnlyFromAmong("wrk", "bench");
        var maxForeignLoad = new Option<double>("--max-foreign-load")
        {
            Description = "Percent of the machine that other processes may take; a measurement with more is repeated.",
            DefaultValueFactory = _ => 5,
        };
        var measurement = new MeasurementOptionSet(_preset, _preset);
        var command = new Command("compare", "Measures the product beside nginx and simpler servers, in turn, and prints ratios.")
        {
            scenario, deployment, targets, client, maxForeignLoad,
        };
        measurement.AddTo(command);
        command.Runs((parsed, stop) => CompareRun.RunAsync(
            new CompareOptions
            {
                Measurement = measurement.Read(parsed),
                Scenarios = [.. ComparedScenario.All.Where(known => parsed.GetValue(scenario)!.Contains(known.Name))],
                Deployments = [.. parsed.GetValue(deployment)!.Distinct()],
                Targets = [.. parsed.GetValue(targets)!.Distinct()],
                Client = parsed.GetValue(client),
                MaxForeignLoad = parsed.GetValue(maxForeignLoad) / 100,
            },
            stop));
        return command;
    }

    private static Option<string[]> Several(string name, string description, params string[] preset) =>
        new(name) { Description = description, DefaultValueFactory = _ => preset, AllowMultipleArgumentsPerToken = true };
}
