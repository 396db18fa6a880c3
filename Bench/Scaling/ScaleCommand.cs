using System.CommandLine;
using SecKill.Bench.Commands;

namespace SecKill.Bench.Scaling;

/// <summary><c>bench scale</c>: its options.</summary>
internal static class ScaleCommand
{
    private static readonly TimeSpan _measured = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var steps = new Option<string[]>("--steps")
        {
            Description = $"How the cluster changes after its beginning with one silo and one gateway, in this order: {string.Join(", ", ScaleStep.Words)}.",
            DefaultValueFactory = _ => [.. ScaleStep.Usual],
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong([.. ScaleStep.Words]);
        steps.Validators.Add(result =>
        {
            string[] words = [.. result.Tokens.Select(token => token.Value)];
            if (words.All(ScaleStep.Words.Contains) && ScaleStep.FindFault([.. words.Select(ScaleStep.Parse)]) is { } fault)
                result.AddError(fault);
        });
        var measured = Durations.Option("--measured", "How long each shape of the cluster is measured.", $"{_measured.TotalSeconds}s");
        var settling = Durations.Option("--settling", "How long there is load before the first measurement, and after each change.", $"{_settling.TotalSeconds}s");
        var connections = SharedOptions.Count("--connections", "Connections of customers, each with a claim under way.", 128, highest: 100_000);
        var rate = new Option<double?>("--rate") { Description = "Claims a second, on a fixed schedule. Without it, each connection claims again when it was answered." }.Within(1, 10_000_000);
        var coupons = SharedOptions.Count("--coupons", "Coupons on sale at the beginning.", 60, highest: 10_000);
        var more = SharedOptions.Count("--more-coupons", "Coupons that are put on sale after each change.", 20, highest: 1_000);
        var units = SharedOptions.Units("Units of every fourth coupon, which sells out; the others do not.", 2_000, highest: 1_000_000);
        var memory = new Option<bool>("--in-memory") { Description = "Keeps the data of Redis and MySQL in memory, for a quick look; figures are then of no use." };
        var (product, json) = (SharedOptions.Product(), SharedOptions.Json());
        var command = new Command("scale", """
            Proves that claims stay exact while silos and gateways join, leave and are killed in the middle of a sale, and shows where the
            coupons are and what each shape of the cluster costs. Starts everything itself; Linux only. Exit code 2 if anything is not exact.
            """)
        {
            steps, measured, settling, connections, rate, coupons, more, units, memory, product, json,
        };
        command.Runs((parsed, stop) => new ScaleRun(new ScaleOptions(
            [.. parsed.GetValue(steps)!.Select(ScaleStep.Parse)], parsed.GetValue(measured) ?? _measured, parsed.GetValue(settling) ?? _settling,
            parsed.GetValue(connections), parsed.GetValue(rate), parsed.GetValue(coupons), parsed.GetValue(more), parsed.GetValue(units), parsed.GetValue(memory))
        {
            Product = parsed.GetValue(product),
            Json = parsed.GetValue(json),
        }).RunAsync(stop));
        return command;
    }
}
