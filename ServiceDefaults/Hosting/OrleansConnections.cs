using Orleans.Networking.Shared;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>The connections between silos and clients of Orleans.</summary>
public static class OrleansConnections
{
    /// <summary>TCP keep-alive: a vanished peer is noticed in some 10 s, not in minutes.</summary>
    public static void NoticeSilence(SocketConnectionOptions sockets)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        sockets.KeepAlive = true;
        (sockets.KeepAliveTimeSeconds, sockets.KeepAliveIntervalSeconds, sockets.KeepAliveRetryCount) = (5, 2, 3);
    }
}
