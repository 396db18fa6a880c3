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
        var port = SharedOptions.Count("--port", "Where the service listens, on this machine only.", 20080, highest: 65_535);
        var users = SharedOptions.Count("--users", "How many customers come to each sale.", 6_000, highest: 1_000_000);
        var coupons = SharedOptions.Count("--coupons", "How many coupons are on sale at a time.", 3);
        var units = SharedOptions.Units("Units of each coupon.", 1_000);
        var duration = Durations.Option("--duration", "The time within which the customers of a sale arrive, at a rising rate.", "60s");
        var product = SharedOptions.Product();

        var command = new Command("demo", """
            Starts the service (embedded mode, data thrown away afterwards) and plays one sale after the other on it, to be
            watched in a browser. Ctrl+C ends it.
            """)
        {
            port, users, coupons, units, duration, product,
        };
        command.Runs(async (parsed, stop) =>
        {
            var sale = new RehearsalOptions(
                new ScenarioOptions { Coupons = parsed.GetValue(coupons), Units = parsed.GetValue(units), Connections = Connections },
                parsed.GetValue(users), ArrivalCurve.Ramp, parsed.GetValue(duration) ?? TimeSpan.FromMinutes(1), Retries: 5);
            var address = new Uri($"http://localhost:{parsed.GetValue(port)}");
            return CommandLine.CodeOf(await Demo.RunAsync(ProductPrograms.Find(parsed.GetValue(product)), address, sale, stop));
        });
        return command;
    }
}
