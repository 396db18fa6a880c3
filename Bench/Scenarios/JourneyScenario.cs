using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>Each user lists its coupons, claims, and lists again: the list must show the win.</summary>
internal static class JourneyScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("journey", options, stage => new JourneyScript(stage), progress, stop);

    private sealed class JourneyScript(Stage stage) : Script(stage)
    {
        private readonly Violations _wrong = new();

        public override IReadOnlyList<OperationKind> Operations { get; } =
            [OperationKind.List with { Name = "listBefore" }, OperationKind.Claim, OperationKind.List with { Name = "listAfter" }];

        public override Visitor VisitorOf(LoadRun run, int connection) => new Traveller(Stage, connection, _wrong);

        public override IEnumerable<CheckResult> Check() => [_wrong.Check("own lists", "a list that is read after a claim shows it if it won, and else does not")];
    }
}
