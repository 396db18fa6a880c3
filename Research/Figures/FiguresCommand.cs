using System.CommandLine;
using SecKill.Bench.Commands;

namespace SecKill.Research.Figures;

/// <summary><c>research figures</c>: its options.</summary>
internal static class FiguresCommand
{
    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var what = new Option<string[]>("--what")
        {
            Description = $"{string.Join(", ", FiguresRun.Groups.Keys)}; may be given several times.",
            DefaultValueFactory = _ => [.. FiguresRun.Groups.Keys],
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong([.. FiguresRun.Groups.Keys]);
        var duration = Durations.Option("--duration", "How long a measurement takes.", $"{_duration.TotalSeconds}s");
        var warmUp = Durations.Option("--warmup", "How long the product is loaded before the first measurement.", $"{_warmUp.TotalSeconds}s");
        var rounds = Counts.Option("--rounds", "How often each measurement is made; figures are medians.", 3);
        var connections = Counts.Option("--connections", "Connections of a usual load.", 128);
        var most = Counts.Option("--most-connections", "Connections of the largest stampede.", 10_000);
        var watchers = Counts.Option("--watchers", "Watchers of a sale.", 10_000);
        var product = new Option<string?>("--product") { Description = "The product's repository or published folder; that of this program." };
        var json = new Option<string?>("--json") { Description = "Writes the figures to a file, or to standard output (-)." };
        var command = new Command("figures", """
            Measures what cannot be compared with other servers: latency at half of the top rate, the drain alone, selling while
            log-ins flood in, many connections, many watchers, what a claim leaves behind, what a registration
            costs, the start. Starts gateway, silo, Redis and MySQL itself; Linux only.
            """)
        {
            what, duration, warmUp, rounds, connections, most, watchers, product, json,
        };
        command.Runs((parsed, stop) => FiguresRun.RunAsync(
            new FiguresOptions
            {
                Groups = [.. FiguresRun.Groups.Keys.Where(parsed.GetValue(what)!.Contains)],
                Duration = parsed.GetValue(duration) ?? _duration,
                WarmUp = parsed.GetValue(warmUp) ?? _warmUp,
                Rounds = parsed.GetValue(rounds),
                Connections = parsed.GetValue(connections),
                MostConnections = parsed.GetValue(most),
                Watchers = parsed.GetValue(watchers),
                Product = parsed.GetValue(product),
                Json = parsed.GetValue(json),
            },
            stop));
        return command;
    }
}
