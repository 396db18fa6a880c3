using SecKill.Bench.Commands;

namespace SecKill.Bench.Cluster;

/// <summary>The options of a local cluster.</summary>
/// <param name="Folder">Holds data, secrets, logs and the socket of <see cref="Control"/>.</param>
/// <param name="Silos">How many silos to start.</param>
/// <param name="Gateways">How many gateways to start.</param>
/// <param name="Port">Where clients connect: to nginx, or to the first gateway without nginx.</param>
/// <param name="Fresh">Deletes the data that are there.</param>
/// <param name="NoProxy">Whether to skip nginx although it is installed.</param>
internal sealed record ClusterOptions(string Folder, int Silos, int Gateways, int Port, bool Fresh, bool NoProxy) : OwnServersOptions;
