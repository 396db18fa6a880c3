using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Telemetry;

namespace SecKill.Gateway.Limits;

/// <summary>
/// Closes connections whose clients take less than the minimum rate of what is to be sent to them. Kestrel's own minimum counts what it has
/// written into the system's buffers, so that a client which reads nothing keeps its connection for minutes; here counts what the client
/// has acknowledged. Linux tells that; elsewhere Kestrel's minimum has to do.
/// </summary>
internal sealed partial class SlowReaders(IOptions<LimitOptions> options, ILogger<SlowReaders> logger) : BackgroundService
{
    /// <summary>Bytes a second that a client must take while more is to be sent to it.</summary>
    public const double MinRate = 240;

    // One look costs a system call for each connection.
    private const int LooksPerWindow = 4;

    private readonly ConcurrentDictionary<Connection, Socket> _open = new();

    private TimeSpan Window => options.Value.ReadTimeout;

    /// <summary>Connection middleware: watches a connection as long as it is open.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async context =>
    {
        if (!OperatingSystem.IsLinux() || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            await next(context);
            return;
        }
        var connection = new Connection(context);
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

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var timer = new PeriodicTimer(Window / LooksPerWindow);
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

    [LoggerMessage(LogLevel.Debug, "The connection of {Client} is closed: it takes less than 240 bytes a second of its answer.")]
    private partial void LogClosed(System.Net.EndPoint? client);

    private sealed class Connection(ConnectionContext context)
    {
        private long _since = Stopwatch.GetTimestamp();
        private ulong _acknowledged;

        public ConnectionContext Context => context;

        /// <summary>Whether something has waited to be sent for the whole window, and less than the minimum was taken of it.</summary>
        public bool IsTooSlow(TcpProgress now, TimeSpan window)
        {
            var elapsed = Stopwatch.GetElapsedTime(_since);
            if (now.Unsent > 0 && elapsed < window)
                return false;
            var isSlow = now.Unsent > 0 && now.Acknowledged - _acknowledged < MinRate * elapsed.TotalSeconds;
            (_since, _acknowledged) = (Stopwatch.GetTimestamp(), now.Acknowledged);
            return isSlow;
        }
    }
}

/// <summary>How far a TCP connection has come with what it was given to send.</summary>
/// <param name="Acknowledged">Bytes that the other side has.</param>
/// <param name="Unsent">Bytes that could not be sent yet, since the other side takes no more.</param>
internal readonly record struct TcpProgress(ulong Acknowledged, uint Unsent)
{
    // Linux, include/uapi/linux/tcp.h: getsockopt(IPPROTO_TCP, TCP_INFO) and the fields tcpi_bytes_acked and tcpi_notsent_bytes.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int AcknowledgedAt = 120;
    private const int UnsentAt = 144;
    private const int Needed = 148;

    /// <summary>Asks the system; false where it does not tell, or the socket is closed.</summary>
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
