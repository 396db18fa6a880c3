using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>A sale from its first moment to its last customer.</summary>
internal sealed class RehearsalScript(Stage stage, SaleProgress sale) : Script(stage)
{
    /// <inheritdoc/>
    public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.Claim];

    /// <inheritdoc/>
    public override Visitor VisitorOf(LoadRun run, int connection)
    {
        sale.Begin(run, Stage.Book);
        return new Shopper(Stage, run, sale, connection);
    }
}
