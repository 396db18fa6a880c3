using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>What the customers of a stage do, and the checks specific to it.</summary>
internal abstract class Script(Stage stage)
{
    /// <summary>The coupons and customers.</summary>
    protected Stage Stage => stage;

    /// <summary>The kinds of requests it makes, by the number that visitors call them.</summary>
    public abstract IReadOnlyList<OperationKind> Operations { get; }

    public abstract Visitor VisitorOf(LoadRun run, int connection);

    /// <summary>What comes before the load.</summary>
    /// <exception cref="BenchException">The server refuses.</exception>
    public virtual Task PrepareAsync(CancellationToken stop) => Task.CompletedTask;

    /// <summary>What must hold for this script alone.</summary>
    public virtual IEnumerable<CheckResult> Check() => [];

    /// <summary>Reads what the server has in the end, before anything is checked.</summary>
    /// <exception cref="BenchException">It cannot be read.</exception>
    public virtual Task ReadAsync(CancellationToken stop) => Task.CompletedTask;
}

/// <summary>A kind of request.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Statuses">The statuses that the API documents for it, except 503, which may always come.</param>
internal sealed record OperationKind(string Name, params IReadOnlyList<int> Statuses)
{
    public static OperationKind Claim { get; } = new("claim", 201, 204);

    public static OperationKind List { get; } = new("list", 200, 204);

    public static OperationKind Join { get; } = new("join", 200, 201, 409);

    public static OperationKind Look { get; } = new("look", 200);

    public static OperationKind Return { get; } = new("return", 200, 409);

    public static OperationKind Receipt { get; } = new("receipt", 200);

    public static OperationKind Redeem { get; } = new("redeem", 200, 409);
}

/// <summary>Each customer claims once; no other requests.</summary>
internal sealed class SaleScript(Stage stage) : Script(stage)
{
    public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.Claim];

    public override Visitor VisitorOf(LoadRun run, int connection) => new Claimer(Stage, connection);
}

/// <summary>Most connections list the seller's coupons, the others claim them.</summary>
internal sealed class BrowseScript(Stage stage, ScenarioOptions options) : Script(stage)
{
    private readonly Findings _freshness = new("freshness", "each list shows what was won before it was asked for, and no more gone than was claimed before it came");

    /// <summary>At least one connection claims, and one reads, where there are two.</summary>
    private readonly int _readers = options.SellingShare > 0
        ? Math.Clamp(options.Connections - (int)Math.Round(options.Connections * options.SellingShare), 1, Math.Max(1, options.Connections - 1))
        : options.Connections;

    public override IReadOnlyList<OperationKind> Operations { get; } = [OperationKind.List, OperationKind.Claim];

    public override Visitor VisitorOf(LoadRun run, int connection) =>
        connection < _readers ? new ListReader(Stage, connection, _freshness) : new Claimer(Stage, connection, operation: 1);

    public override IEnumerable<CheckResult> Check() => [_freshness.Result($"so in all {_freshness.Checked:N0} lists")];
}

/// <summary>Each customer lists its coupons, claims, and lists again.</summary>
internal sealed class JourneyScript(Stage stage) : Script(stage)
{
    private readonly Findings _lists = new("own lists", "a list that is read after a claim shows it if it won, and else does not");

    public override IReadOnlyList<OperationKind> Operations { get; } =
        [OperationKind.List with { Name = "listBefore" }, OperationKind.Claim, OperationKind.List with { Name = "listAfter" }];

    public override Visitor VisitorOf(LoadRun run, int connection) => new Traveller(Stage, connection, _lists);

    public override IEnumerable<CheckResult> Check() => [_lists.Result($"so in all {_lists.Checked:N0} lists")];
}
