using SecKill.Bench.Commands;

namespace SecKill.Bench.Cluster;

/// <summary>The options of a local cluster.</summary>
internal sealed record ClusterOptions : OwnServersOptions
{
    /// <summary>Holds data, secrets, logs and the socket of <see cref="Cluster.Control"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>How many silos to start.</summary>
    public required int Silos { get; init; }

    /// <summary>How many gateways to start.</summary>
    public required int Gateways { get; init; }

    /// <summary>Where clients connect: to nginx, or to the first gateway without nginx.</summary>
    public required int Port { get; init; }

    /// <summary>Deletes the data that are there.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether to skip nginx although it is installed.</summary>
    public bool NoProxy { get; init; }
}
