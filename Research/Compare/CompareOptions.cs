namespace SecKill.Research.Compare;

/// <summary>What to compare.</summary>
internal sealed record CompareOptions
{
    /// <summary>All targets, as given on the command line.</summary>
    public static IReadOnlyList<string> TargetNames { get; } = ["nginx", "noop", "textbook", "product"];

    /// <summary>How each target is measured, in turn.</summary>
    public required MeasurementOptions Measurement { get; init; }

    /// <summary>Scenarios, one after the other.</summary>
    public required IReadOnlyList<ComparedScenario> Scenarios { get; init; }

    /// <summary>The targets, from <see cref="TargetNames"/>.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>The product's ways of running, if it is a target.</summary>
    public required IReadOnlyList<string> Deployments { get; init; }

    /// <summary><c>wrk</c>, <c>bench</c>, or null for the first of them that is installed.</summary>
    public string? Client { get; init; }

    /// <summary>A measurement is repeated if other processes took a larger part of the machine than this, 0 to 1.</summary>
    public required double MaxForeignLoad { get; init; }
}
