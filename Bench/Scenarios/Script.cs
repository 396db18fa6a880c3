using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>What the customers of a stage do, and the checks specific to it.</summary>
internal abstract class Script(Stage stage)
{
    /// <summary>What it is played on.</summary>
    protected Stage Stage => stage;

    /// <summary>The kinds of requests it makes, by the number that visitors call them.</summary>
    public abstract IReadOnlyList<OperationKind> Operations { get; }

    /// <summary>The visitor of a connection.</summary>
    public abstract Visitor VisitorOf(LoadRun run, int connection);

    /// <summary>What must hold for this script alone.</summary>
    public virtual IEnumerable<CheckResult> Check() => [];
}

/// <summary>A kind of request.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Statuses">The statuses that the API documents for it, 503 aside, which may always come.</param>
internal sealed record OperationKind(string Name, params IReadOnlyList<int> Statuses)
{
    /// <summary>A claim.</summary>
    public static OperationKind Claim { get; } = new("claim", 201, 204);

    /// <summary>A list.</summary>
    public static OperationKind List { get; } = new("list", 200, 204);
}
