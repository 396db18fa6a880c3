using System.Collections.Concurrent;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>
/// Loopback ports below the kernel's ephemeral range: a port stays free until its server starts, and while a killed server is down.
/// </summary>
public static class FreePort
{
    private const int Lowest = 15_000;
    private const int Highest = 32_000;
    // The product's default ports are excluded.
    private static readonly ConcurrentDictionary<int, bool> _taken = new() { [20080] = true, [20081] = true };

    public static int Next()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            if (IsFree(port) && _taken.TryAdd(port, true))
                return port;
        }
        throw new InvalidOperationException($"No free loopback port between {Lowest} and {Highest}.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
