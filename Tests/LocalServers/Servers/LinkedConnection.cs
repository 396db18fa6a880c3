namespace SecKill.Tests.LocalServers.Servers;

/// <summary>One connection that passes through a <see cref="Link"/>.</summary>
public sealed class LinkedConnection(Link link, TcpClient client) : IDisposable
{
    private readonly TcpClient _server = new();
    private volatile LinkLoss _loss;

    public async Task RunAsync(int serverPort, CancellationToken stop)
    {
        try
        {
            client.NoDelay = _server.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, serverPort, stop);
            await Task.WhenAny(PassRequestsAsync(stop), PassAnswersAsync(stop));
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            // One side has closed, or the test is over.
        }
    }

    public void Reset()
    {
        Reset(client);
        Reset(_server);
    }

    public void CloseTowardsClient()
    {
        try
        {
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            // It is closed already.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    private async Task PassRequestsAsync(CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await client.GetStream().ReadAsync(buffer, stop) is > 0 and var length)
            {
                if (_loss == LinkLoss.None)
                    _loss = link.Hear(buffer.AsSpan(0, length));
                if (_loss == LinkLoss.Request)
                {
                    Reset();
                    return;
                }
                await link.TravelAsync(stop);
                await _server.GetStream().WriteAsync(buffer.AsMemory(0, length), stop);
            }
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            // As above.
        }
    }

    private async Task PassAnswersAsync(CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _server.GetStream().ReadAsync(buffer, stop) is > 0 and var length)
            {
                if (_loss == LinkLoss.Answer)
                {
                    Reset();
                    return;
                }
                await link.TravelAsync(stop);
                // Half-closed: what the server sends is dropped.
                if (_loss == LinkLoss.None && client.Connected)
                    await WriteUnlessClosedAsync(buffer.AsMemory(0, length), stop);
            }
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            // As above.
        }
    }

    private async Task WriteUnlessClosedAsync(ReadOnlyMemory<byte> answer, CancellationToken stop)
    {
        try
        {
            await client.GetStream().WriteAsync(answer, stop);
        }
        catch (IOException fault) when (fault.InnerException is SocketException { SocketErrorCode: SocketError.Shutdown })
        {
            // We have already half-closed it ourselves.
        }
    }

    private static void Reset(TcpClient end)
    {
        try
        {
            end.Client?.Close(0);
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            // It is closed already.
        }
    }

    private static bool IsEnd(Exception fault) =>
        fault is SocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
