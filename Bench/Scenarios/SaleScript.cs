using SecKill.Bench.Load;

namespace SecKill.Bench.Scenarios;

/// <summary>Each customer claims once; no other requests.</summary>
internal sealed class SaleScript(Stage stage) : Script(stage)
{
    /// <inheritdoc/>
    public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.Claim];

    /// <inheritdoc/>
    public override Visitor VisitorOf(LoadRun run, int connection) => new Claimer(Stage, connection);
}
