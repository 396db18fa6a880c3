using System.CommandLine;
using SecKill.Bench.Commands;

namespace SecKill.Research.Compare;

/// <summary><c>research compare</c>: its options.</summary>
internal static class CompareCommand
{
    // The default duration of a measurement, and of the warm-up.
    private static readonly TimeSpan _preset = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        var scenario = new Option<string[]>("--scenario")
        {
            Description = $"{string.Join(", ", ComparedScenario.All.Select(scenario => scenario.Name))}; may be given several times.",
            DefaultValueFactory = _ => ["sell"],
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong([.. ComparedScenario.All.Select(scenario => scenario.Name)]);
        var deployment = new Option<string[]>("--deployment")
        {
            Description = "How the product is run: two (gateway and silo, Redis, MySQL), embedded (one process), cohosted (one process, Redis, MySQL).",
            DefaultValueFactory = _ => ["two"],
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong([.. Contenders.Product.Ways]);
        var targets = new Option<string[]>("--targets")
        {
            Description = $"What is measured, separated by commas: {string.Join(",", CompareOptions.TargetNames)}.",
            DefaultValueFactory = _ => [.. CompareOptions.TargetNames],
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
            AllowMultipleArgumentsPerToken = true,
        };
        targets.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>().Except(CompareOptions.TargetNames).FirstOrDefault() is { } unknown)
                result.AddError($"There is no target '{unknown}'.");
        });
        var rounds = new Option<int>("--rounds") { Description = "How often each target is measured.", DefaultValueFactory = _ => 3 };
        var duration = Seconds("--duration", "How long a measurement takes, whole seconds.", _preset);
        var warmUp = Seconds("--warmup", "How long each target is loaded before its first measurement, whole seconds.", _preset);
        var connections = new Option<int>("--connections") { Description = "Kept alive, a request at a time on each.", DefaultValueFactory = _ => 128 };
        var client = new Option<string?>("--client") { Description = "wrk or bench; wrk where it is installed." }.AcceptOnlyFromAmong("wrk", "bench");
        var product = new Option<string?>("--product") { Description = "The product's repository or published folder; that of this program." };
        var json = new Option<string?>("--json") { Description = "Writes the report to a file, or to standard output (-)." };
        var maxForeignLoad = new Option<double>("--max-foreign-load")
        {
            Description = "Percent of the machine that other processes may take; a measurement with more is repeated.",
            DefaultValueFactory = _ => 5,
        };
        foreach (var option in (Option<int>[])[rounds, connections])
            option.Validators.Add(result => Require(result.GetValueOrDefault<int>() >= 1, result, "must be 1 or more."));

        var command = new Command("compare", "Measures the product beside nginx and simpler servers, in turn, and prints ratios.")
        {
            scenario, deployment, targets, rounds, duration, warmUp, connections, client, product, json, maxForeignLoad,
        };
        command.Runs((parsed, stop) => CompareRun.RunAsync(
            new CompareOptions
            {
                Scenarios = [.. ComparedScenario.All.Where(known => parsed.GetValue(scenario)!.Contains(known.Name))],
                Deployments = [.. parsed.GetValue(deployment)!.Distinct()],
                Targets = [.. parsed.GetValue(targets)!.Distinct()],
                Rounds = parsed.GetValue(rounds),
                Duration = parsed.GetValue(duration) ?? _preset,
                WarmUp = parsed.GetValue(warmUp) ?? _preset,
                Connections = parsed.GetValue(connections),
                Client = parsed.GetValue(client),
                Product = parsed.GetValue(product),
                Json = parsed.GetValue(json),
                MaxForeignLoad = parsed.GetValue(maxForeignLoad) / 100,
            },
            stop));
        return command;
    }

    private static Option<TimeSpan?> Seconds(string name, string description, TimeSpan preset)
    {
        var option = Durations.Option(name, description, $"{preset.TotalSeconds}s");
        option.Validators.Add(result => Require(
            result.GetValueOrDefault<TimeSpan?>() is not { } time || (time.Ticks > 0 && time.Ticks % TimeSpan.TicksPerSecond == 0),
            result, "must be one or more whole seconds."));
        return option;
    }

    private static void Require(bool holds, System.CommandLine.Parsing.OptionResult result, string rule)
    {
        if (!holds)
            result.AddError($"{result.Option.Name} {rule}");
    }
}
