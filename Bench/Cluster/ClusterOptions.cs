namespace SecKill.Bench.Cluster;

/// <summary>The options of a local cluster.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Holds data, secrets, logs and the socket of <see cref="Cluster.Control"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>How many silos to start.</summary>
    public required int Silos { get; init; }

    /// <summary>How many gateways to start.</summary>
    public required int Gateways { get; init; }

    /// <summary>Where clients ask: of nginx, or of the first gateway where there is no nginx.</summary>
    public required int Port { get; init; }

    /// <summary>Deletes the data that are there.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether to skip nginx although it is installed.</summary>
    public bool NoProxy { get; init; }

    /// <summary>The product's folder; null for the one beside this program.</summary>
    public string? Product { get; init; }
}
