using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Rehearsal;

/// <summary>Simulates a whole sale, from its first moment to its last customer, to test an installation beforehand.</summary>
internal static class SaleRehearsal
{
    /// <summary>Plays it; <paramref name="sale"/> can be looked at meanwhile.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static async Task<ScenarioResult> RunAsync(SaleProgress sale, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var options = sale.Options;
        // The shoppers know when they come and when they are through.
        var server = options.Server with
        {
            Users = options.Users,
            Connections = Math.Min(options.Server.Connections, options.Users),
            Duration = null,
            Requests = null,
            Warmup = TimeSpan.Zero,
            Rate = null,
        };
        var scenario = new LoadScenario("rehearse", (stage, _) => new RehearsalScript(stage, sale));
        return await scenario.RunAsync(server, progress, stop) with { Rehearsal = RehearsalResult.Of(sale) };
    }

    private sealed class RehearsalScript(Stage stage, SaleProgress sale) : Script(stage)
    {
        public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.Claim, .. sale.Chances is null ? [] : SecondChances.Operations];

        public override IEnumerable<CheckResult> Check() =>
            [.. sale.Options.Server.StartsIn is null ? (IEnumerable<CheckResult>)[] : [sale.Start.Check()], .. sale.Chances?.Check() ?? []];

        public override Task ReadAsync(CancellationToken stop) => sale.Chances?.ReadAsync(Stage, stop) ?? Task.CompletedTask;

        public override Visitor VisitorOf(LoadRun run, int connection)
        {
            sale.Begin(run, Stage.Book);
            return new Shopper(Stage, run, sale, connection);
        }
    }
}
