using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Closes connections whose clients read their responses below the minimum rate. Kestrel's own minimum counts the bytes written into the system's
/// buffers, so that a client which reads nothing keeps its connection for minutes; this one counts the bytes that the client has acknowledged,
/// which Linux tells. On other systems Kestrel's minimum has to do.
/// </summary>
internal sealed partial class SlowReaders(IOptions<LimitOptions> options, TimeProvider clock, ILogger<SlowReaders> logger) : BackgroundService
{
    /// <summary>Bytes a second that a client must acknowledge while more is to be sent.</summary>
    public const double MinRate = 240;

    // A look costs a system call for each connection.
    private const int LooksPerWindow = 4;

    private readonly ConcurrentDictionary<Connection, Socket> _open = new();

    private TimeSpan Window => options.Value.ReadTimeout;

    /// <summary>Connection middleware: observes a connection as long as it is open.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async context =>
    {
        if (!OperatingSystem.IsLinux() || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            await next(context);
            return;
        }
        var connection = new Connection(context, clock);
        _open[connection] = socket;
        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var timer = new PeriodicTimer(Window / LooksPerWindow, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (connection, socket) in _open)
            {
                if (TcpProgress.TryRead(socket, out var progress) && connection.IsTooSlow(progress, Window))
                    Close(connection);
            }
        }
    }

    private void Close(Connection connection)
    {
        GatewayMetrics.Rejected.Add(GatewayLimit.SlowReaders);
        LogClosed(connection.Context.RemoteEndPoint);
        connection.Context.Abort(new ConnectionAbortedException("The client takes its answer too slowly."));
    }

    [LoggerMessage(EventIds.SlowReaderClosed, LogLevel.Debug, "The connection of {Client} is closed: it takes less than 240 bytes a second of its answer.")]
    private partial void LogClosed(System.Net.EndPoint? client);

    private sealed class Connection(ConnectionContext context, TimeProvider clock)
    {
        private long _since = clock.GetTimestamp();
        private ulong _acknowledged;

        public ConnectionContext Context => context;

        /// <summary>Whether bytes have waited to be sent for the whole window, and fewer than the minimum were acknowledged.</summary>
        public bool IsTooSlow(TcpProgress now, TimeSpan window)
        {
            var elapsed = clock.GetElapsedTime(_since);
            if (now.Unsent > 0 && elapsed < window)
                return false;
            var isSlow = now.Unsent > 0 && now.Acknowledged - _acknowledged < MinRate * elapsed.TotalSeconds;
            (_since, _acknowledged) = (clock.GetTimestamp(), now.Acknowledged);
            return isSlow;
        }
    }
}

/// <summary>The progress of a TCP connection with the bytes that it was given to send.</summary>
/// <param name="Acknowledged">Bytes that the peer has acknowledged.</param>
/// <param name="Unsent">Bytes that could not be sent yet, since the peer's window is full.</param>
internal readonly record struct TcpProgress(ulong Acknowledged, uint Unsent)
{
    // Linux, include/uapi/linux/tcp.h: getsockopt(IPPROTO_TCP, TCP_INFO) and the fields tcpi_bytes_acked and tcpi_notsent_bytes.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int AcknowledgedAt = 120;
    private const int UnsentAt = 144;
    private const int Needed = 148;

    /// <summary>Asks the system. False if it does not tell, or the socket is closed.</summary>
    public static bool TryRead(Socket socket, out TcpProgress progress)
    {
        progress = default;
        Span<byte> info = stackalloc byte[Needed];
        try
        {
            if (socket.GetRawSocketOption(TcpLevel, TcpInfo, info) < Needed)
                return false;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return false;
        }
        progress = new TcpProgress(MemoryMarshal.Read<ulong>(info[AcknowledgedAt..]), MemoryMarshal.Read<uint>(info[UnsentAt..]));
        return true;
    }
}
