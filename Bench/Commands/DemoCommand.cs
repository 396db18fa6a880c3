using System.CommandLine;
using SecKill.Bench.Rehearsal;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Commands;

/// <summary><c>bench demo</c>.</summary>
internal static class DemoCommand
{
    private const int Connections = 64;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var port = Counts.Option("--port", "Where the service is to listen, on this machine only.", 20080, highest: 65_535);
        var users = Counts.Option("--users", "How many customers come to each sale.", 6_000, highest: 1_000_000);
        var coupons = Counts.Option("--coupons", "How many coupons are on sale at a time.", 3);
        var pieces = Counts.Option("--pieces", "Pieces of each coupon.", 1_000);
        var duration = Durations.Option("--duration", "Within which time the customers of a sale arrive, ever more of them.", "60s");
        var product = new Option<string?>("--product") { Description = "The folder of the product's programs, if not that of this repository.", HelpName = "folder" };

        var command = new Command("demo", """
            Starts the service by itself (embedded mode, data thrown away afterwards) and plays one sale after the other on it,
            to be watched in a browser. Ctrl+C ends it.
            """)
        {
            port, users, coupons, pieces, duration, product,
        };
        command.Runs(async (parsed, stop) =>
        {
            var sale = new RehearsalOptions(
                new ScenarioOptions { Coupons = parsed.GetValue(coupons), Pieces = parsed.GetValue(pieces), Connections = Connections },
                parsed.GetValue(users), ArrivalCurve.Ramp, parsed.GetValue(duration) ?? TimeSpan.FromMinutes(1), Retries: 5);
            var address = new Uri($"http://localhost:{parsed.GetValue(port)}");
            return await Demo.RunAsync(ProductPrograms.Find(parsed.GetValue(product)), address, sale, stop)
                ? CommandLine.Good
                : CommandLine.CheckFailed;
        });
        return command;
    }
}
