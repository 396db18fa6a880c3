namespace SecKill.Research.Figures;

/// <summary>What to measure, and how.</summary>
internal sealed record FiguresOptions
{
    /// <summary>Of <see cref="FiguresRun.Groups"/>.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>How long a measurement takes.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long the product is loaded before the first measurement.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How often each measurement is made; figures are medians.</summary>
    public required int Rounds { get; init; }

    /// <summary>Connections of a usual load.</summary>
    public required int Connections { get; init; }

    /// <summary>How many connections a stampede has, at most.</summary>
    public required int MostConnections { get; init; }

    /// <summary>How many watch a sale.</summary>
    public required int Watchers { get; init; }

    /// <summary>The product's folder; null for the one beside this program.</summary>
    public string? Product { get; init; }

    /// <summary>Where the report goes as JSON: a file, <c>-</c> for standard output, or null for nowhere.</summary>
    public string? Json { get; init; }
}
