using SecKill.Bench.Load;
using SecKill.Bench.Rehearsal;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Reports;

/// <summary>The result of a run. Its JSON is described in <c>Bench/README.md</c>; the names are kept.</summary>
internal sealed record ScenarioResult
{
    public required string Scenario { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required IReadOnlyList<string> Urls { get; init; }
    public required int Connections { get; init; }

    /// <summary>Whether the run was ended by hand.</summary>
    public required bool Interrupted { get; init; }

    public required double WarmupSeconds { get; init; }
    public required double MeasuredSeconds { get; init; }

    /// <summary>Answers within the measured time, over that time.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>Null in a closed loop.</summary>
    public required double? TargetRequestsPerSecond { get; init; }

    /// <summary>Requests of an open loop that were due in the measured time but not sent in it.</summary>
    public required long NotSent { get; init; }

    /// <summary>Connections that were lost and could not be opened again.</summary>
    public required int ConnectionsGivenUp { get; init; }

    /// <summary>All measured requests.</summary>
    public required OperationResult Total { get; init; }

    /// <summary>The measured requests by kind.</summary>
    public required IReadOnlyDictionary<string, OperationResult> Operations { get; init; }

    /// <summary>All claims, those of the warm-up included.</summary>
    public required ClaimTotals Claims { get; init; }

    /// <summary>Only for a rehearsal.</summary>
    public RehearsalResult? Rehearsal { get; init; }

    public required IReadOnlyList<CheckResult> Checks { get; init; }
    public bool Passed => Checks.All(check => check.Passed);

    /// <summary>Sums a run up.</summary>
    public static ScenarioResult Of(string scenario, LoadRun run, Script script, Stage stage, IReadOnlyList<CheckResult> checks, bool isInterrupted)
    {
        var total = run.Measured.ReadAll();
        return new ScenarioResult
        {
            Scenario = scenario,
            StartedAt = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(Clock.Seconds(Clock.Now - run.Started)),
            Urls = [.. stage.Targets.Select(target => target.ToString())],
            Connections = run.Plan.Connections,
            Interrupted = isInterrupted,
            WarmupSeconds = run.Plan.Warmup.TotalSeconds,
            MeasuredSeconds = run.MeasuredSeconds,
            RequestsPerSecond = total.InTime / run.MeasuredSeconds,
            TargetRequestsPerSecond = run.Plan.Rate,
            NotSent = Math.Max(0, run.ScheduledMeasured - total.Answers - total.Failures),
            ConnectionsGivenUp = run.GivenUp,
            Total = OperationResult.Of(total),
            Operations = script.Operations.Select((kind, operation) => (kind.Name, Result: OperationResult.Of(run.Measured.Read(operation))))
                .ToDictionary(operation => operation.Name, operation => operation.Result),
            Claims = ClaimTotals.Of(stage.Book),
            Checks = checks,
        };
    }
}

/// <summary>The outcome of the claims, over all coupons.</summary>
/// <param name="Coupons">Coupons on sale.</param>
/// <param name="PiecesEach">Units of each of them.</param>
/// <param name="Sent">Claims that were sent, repetitions not counted.</param>
/// <param name="Won">Claims that won.</param>
/// <param name="Refused">Claims that were refused.</param>
/// <param name="Unknown">Claims that may have won: 503, or no answer.</param>
internal sealed record ClaimTotals(int Coupons, int PiecesEach, long Sent, long Won, long Refused, long Unknown)
{
    /// <summary>Sums up.</summary>
    public static ClaimTotals Of(CouponBook book) => new(book.Count, book.Units,
        book.Entries.Sum(coupon => coupon.Claims),
        book.Entries.Sum(coupon => coupon.Won),
        book.Entries.Sum(coupon => coupon.Refused + coupon.Rejected),
        book.Entries.Sum(coupon => coupon.Undecided));
}
