using SecKill.Bench.Machine;
using SecKill.Research.Compare.Checks;
using SecKill.Research.Compare.Contenders;

namespace SecKill.Research.Compare.Report;

/// <summary>The report, as <c>--json</c> writes it.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Client">The load generator.</param>
/// <param name="Connections">The number of connections.</param>
/// <param name="DurationSeconds">The duration of a measurement.</param>
/// <param name="Scenarios">The scenarios.</param>
internal sealed record ComparisonReport(
    MachineFacts Machine, string Client, int Connections, double DurationSeconds, IReadOnlyList<ScenarioReport> Scenarios)
{
    /// <summary>Something was sold by the product.</summary>
    public bool HasChecks => Checks.Any();

    /// <summary>In every check the answers, Redis and the ledger agreed.</summary>
    public bool IsRight => Checks.All(check => check.IsRight);

    private IEnumerable<LedgerCheck> Checks =>
        Scenarios.SelectMany(scenario => scenario.Targets).SelectMany(target => target.Rounds).Select(round => round.Check).OfType<LedgerCheck>();
}

/// <summary>A scenario.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="Says">What it measures.</param>
/// <param name="Targets">The targets.</param>
internal sealed record ScenarioReport(string Name, string Says, IReadOnlyList<TargetReport> Targets)
{
    /// <summary>Sums up.</summary>
    public static ScenarioReport Of(ComparedScenario scenario, IReadOnlyDictionary<Contender, List<Measurement>> measurements)
    {
        var rates = measurements.ToDictionary(target => target.Key.Name, target => target.Value.ConvertAll(round => round.Load.Rate));
        return new ScenarioReport(scenario.Name, scenario.Says, [.. measurements.Select(target => Of(target.Key.Name, target.Value))]);

        // Round by round, since what the machine did in a round it did to both.
        double? To(string yardstick, string name) =>
            rates.TryGetValue(yardstick, out var its) ? Statistics.Median(rates[name].Zip(its, (rate, other) => rate / other)) : null;

        TargetReport Of(string name, List<Measurement> rounds) => new(name, [.. rounds.Select(RoundReport.Of)])
        {
            RequestsPerSecond = Statistics.Median(rates[name]),
            ToNginx = To("nginx", name),
            ToTextbook = To("textbook", name),
            P50Ms = Statistics.Median(rounds.Select(round => round.Load.P50.TotalMilliseconds)),
            P99Ms = Statistics.Median(rounds.Select(round => round.Load.P99.TotalMilliseconds)),
            CpuMicros = rounds[0].CpuMicros.Keys.ToDictionary(part => part, part => Statistics.Median(rounds.Select(round => round.CpuMicros[part]))),
        };
    }
}

/// <summary>A target; medians of its rounds.</summary>
/// <param name="Name">The target's name.</param>
/// <param name="Rounds">The rounds, in order.</param>
internal sealed record TargetReport(string Name, IReadOnlyList<RoundReport> Rounds)
{
    /// <summary>Answers a second.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>The rate as a part of nginx's in the same round, if nginx was a target.</summary>
    public required double? ToNginx { get; init; }

    /// <summary>The rate as a multiple of the textbook's in the same round, if that was a target.</summary>
    public required double? ToTextbook { get; init; }

    /// <summary>Milliseconds.</summary>
    public required double P50Ms { get; init; }

    /// <summary>Milliseconds.</summary>
    public required double P99Ms { get; init; }

    /// <summary>Microseconds of processor time an answer, by process.</summary>
    public required IReadOnlyDictionary<string, double> CpuMicros { get; init; }
}

/// <summary>A measurement.</summary>
/// <param name="RequestsPerSecond">Answers a second.</param>
/// <param name="P50Ms">Milliseconds.</param>
/// <param name="P99Ms">Milliseconds.</param>
/// <param name="Answers">The number of answers.</param>
/// <param name="Errors">Answers of 400 and more, broken connections, timeouts.</param>
/// <param name="ForeignLoad">The part of the machine that other processes took, 0 to 1.</param>
/// <param name="CpuMicros">Microseconds of processor time an answer, by process.</param>
/// <param name="BacklogMost">The largest outbox depth seen.</param>
/// <param name="BacklogAtEnd">The outbox depth at the end of the load.</param>
/// <param name="Check">The product's check, if it sold something.</param>
internal sealed record RoundReport(
    double RequestsPerSecond, double P50Ms, double P99Ms, long Answers, long Errors, double ForeignLoad,
    IReadOnlyDictionary<string, double> CpuMicros, long? BacklogMost, long? BacklogAtEnd, LedgerCheck? Check)
{
    public static RoundReport Of(Measurement measurement)
    {
        var load = measurement.Load;
        return new RoundReport(
            load.Rate, load.P50.TotalMilliseconds, load.P99.TotalMilliseconds, load.Answers, load.Failures + load.Faults,
            measurement.ForeignLoad, measurement.CpuMicros, measurement.Backlog?.Most, measurement.Backlog?.AtEnd, measurement.Check);
    }
}
