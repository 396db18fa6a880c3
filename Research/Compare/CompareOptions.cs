namespace SecKill.Research.Compare;

/// <summary>What to compare, and how.</summary>
internal sealed record CompareOptions
{
    /// <summary>Scenarios, one after the other.</summary>
    public required IReadOnlyList<ComparedScenario> Scenarios { get; init; }

    /// <summary>The targets, from <see cref="TargetNames"/>.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>The product's ways of running, if it is a target.</summary>
    public required IReadOnlyList<string> Deployments { get; init; }

    /// <summary>How often each target is measured in each scenario, in turn.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long a measurement takes, whole seconds.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long each target is loaded before its first measurement, whole seconds.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Connections, kept alive, one request at a time on each.</summary>
    public required int Connections { get; init; }

    /// <summary><c>wrk</c>, <c>bench</c>, or null for the first of them that is installed.</summary>
    public string? Client { get; init; }

    /// <summary>The product's folder; null for the one beside this program.</summary>
    public string? Product { get; init; }

    /// <summary>Where the report goes as JSON: a file, <c>-</c> for standard output, or null for nowhere.</summary>
    public string? Json { get; init; }

    /// <summary>A measurement is repeated if other processes took a larger part of the machine than this, 0 to 1.</summary>
    public required double MaxForeignLoad { get; init; }

    /// <summary>All targets, as given on the command line.</summary>
    public static IReadOnlyList<string> TargetNames { get; } = ["nginx", "noop", "textbook", "product"];
}
