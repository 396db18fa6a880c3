using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>Most connections read a seller's list while the others claim its coupons; the list must be fresh.</summary>
internal static class BrowseScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("browse", options, stage => new BrowseScript(stage, options), progress, stop, isSellerRegistered: true);

    private sealed class BrowseScript(Stage stage, ScenarioOptions options) : Script(stage)
    {
        private readonly Violations _stale = new();

        /// <summary>At least one connection claims, and one reads, where there are two.</summary>
        private readonly int _readers = options.SellingShare > 0
            ? Math.Clamp(options.Connections - (int)Math.Round(options.Connections * options.SellingShare), 1, Math.Max(1, options.Connections - 1))
            : options.Connections;

        public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.List, OperationKind.Claim];

        public override Visitor VisitorOf(LoadRun run, int connection) =>
            connection < _readers ? new Reader(Stage, connection, _stale) : new Claimer(Stage, connection, operation: 1);

        public override IEnumerable<CheckResult> Check() =>
            [_stale.Check("freshness", "each list shows what was won before it was asked for, and no more gone than was claimed before it came")];
    }
}
