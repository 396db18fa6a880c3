using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SecKill.Tests.Servers;

/// <summary>
/// Stands before a server and passes everything on, until a client has said a certain thing: then that connection stays open
/// but nothing comes back any more, as if the server's machine had lost its power. It happens once.
/// </summary>
internal sealed class VanishingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _vanished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _serverPort;
    private readonly Task _accepting;
    private string? _cue;

    public VanishingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends when a client has said it.</summary>
    public Task Vanished => _vanished.Task;

    /// <summary>The next connection on which a client says this, in whatever case, gets no answer to it.</summary>
    public void VanishAt(string cue) => Volatile.Write(ref _cue, cue);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                var isGone = false;
                await Task.WhenAny(
                    PassAsync(client.GetStream(), server.GetStream(), bytes => isGone |= IsCue(bytes), () => false),
                    PassAsync(server.GetStream(), client.GetStream(), _ => { }, () => isGone));
            }
            catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException)
            {
                // One of the two has hung up, or the test is over.
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, Action<ReadOnlySpan<byte>> look, Func<bool> isSwallowed)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            look(buffer.AsSpan(0, length));
            if (!isSwallowed())
                await to.WriteAsync(buffer.AsMemory(0, length), _stop.Token);
        }
    }

    private bool IsCue(ReadOnlySpan<byte> bytes)
    {
        if (Volatile.Read(ref _cue) is not { } cue || !Encoding.Latin1.GetString(bytes).Contains(cue, StringComparison.OrdinalIgnoreCase))
            return false;
        Volatile.Write(ref _cue, null);
        _vanished.TrySetResult();
        return true;
    }
}
