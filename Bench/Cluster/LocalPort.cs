using System.Net;
using System.Net.NetworkInformation;

namespace SecKill.Bench.Cluster;

/// <summary>A local port chosen with <c>--port</c>.</summary>
internal static class LocalPort
{
    /// <summary>Checked before the start: another program on the port would be taken for ours.</summary>
    /// <exception cref="BenchException">Another process has it.</exception>
    public static void RefuseTaken(int port)
    {
        if (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(taken => taken.Port == port && IsLocal(taken.Address)))
            throw new BenchException($"Port {port} is taken by another process. Stop that one, or choose another port with --port.");
    }

    private static bool IsLocal(IPAddress address) => IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
