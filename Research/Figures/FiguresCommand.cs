using System.CommandLine;
using SecKill.Bench.Commands;

namespace SecKill.Research.Figures;

/// <summary><c>research figures</c>: its options.</summary>
internal static class FiguresCommand
{
    public static Command Create()
    {
        var what = new Option<string[]>("--what")
        {
            Description = $"{string.Join(", ", FiguresRun.Groups.Keys)}; may be given several times.",
            DefaultValueFactory = _ => [.. FiguresRun.Groups.Keys],
            AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong([.. FiguresRun.Groups.Keys]);
        var most = SharedOptions.Count("--most-connections", "Connections of the largest stampede.", 10_000);
        var watchers = SharedOptions.Count("--watchers", "Watchers of a sale.", 10_000);
        var measurement = new MeasurementOptionSet(duration: TimeSpan.FromSeconds(6), warmUp: TimeSpan.FromSeconds(15));
        var command = new Command("figures", """
            Measures what cannot be compared with other servers: latency at half of the top rate, the drain alone, selling while
            log-ins flood in, many connections, many watchers, redemptions beside a sale, what a claim leaves behind, the cost of a registration, the start.
            Starts gateway, silo, Redis and MySQL itself; Linux only.
            """)
        {
            what, most, watchers,
        };
        measurement.AddTo(command);
        command.Runs((parsed, stop) => FiguresRun.RunAsync(
            new FiguresOptions(
                measurement.Read(parsed), [.. FiguresRun.Groups.Keys.Where(parsed.GetValue(what)!.Contains)], parsed.GetValue(most), parsed.GetValue(watchers)),
            stop));
        return command;
    }
}
