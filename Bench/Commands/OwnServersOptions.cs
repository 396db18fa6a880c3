namespace SecKill.Bench.Commands;

/// <summary>The options of each command that starts its servers itself.</summary>
internal abstract record OwnServersOptions
{
    /// <summary>The product's folder; null for the one beside this program.</summary>
    public string? Product { get; init; }

    /// <summary>Where the report goes as JSON: a file, <c>-</c> for standard output, or null for nowhere.</summary>
    public string? Json { get; init; }
}
