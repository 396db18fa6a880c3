using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>What is lost of a connection once its client has said a certain thing.</summary>
public enum LinkLoss
{
    None,

    /// <summary>The server hears it, but nothing comes back any more and the connection stays open: its machine lost its power.</summary>
    AnswerInSilence,

    /// <summary>The server hears it and answers; the answer is thrown away and the connection closed.</summary>
    Answer,

    /// <summary>The server does not hear it, and the connection is closed.</summary>
    Request,
}

/// <summary>
/// A network between one client process and one server: it passes everything on, and can be slow, silent (what was sent
/// arrives once it speaks again, as TCP has it), cut, or closed in one direction.
/// </summary>
public sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, FreePort.Next());
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<LinkedConnection, bool> _connections = new();
    private readonly int _serverPort;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _speaks = Opened();
    private volatile TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Said, LinkLoss Loss)? _cue;
    private long _delayTicks;

    public Link(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How much later everything arrives, each way.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Ends when what <see cref="LoseAfter"/> waits for was said.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Nothing arrives any more, in either direction, also on new connections.</summary>
    public void FallSilent() => _speaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was sent meanwhile arrives now.</summary>
    public void Speak() => _speaks.TrySetResult();

    /// <summary>Every connection is reset; new ones may be made.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>Clients are told that nothing more will come, but may go on sending, which the server still hears.</summary>
    public void HalfClose()
    {
        foreach (var connection in _connections.Keys)
            connection.CloseTowardsClient();
    }

    /// <summary>The next connection on which a client says this, in whatever case, loses something. Once.</summary>
    public void LoseAfter(string said, LinkLoss loss)
    {
        _lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _cue = (said, loss);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>Called for what a client sends: what is to be lost from now on.</summary>
    public LinkLoss Hear(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_cue is not { } cue || !Encoding.Latin1.GetString(bytes).Contains(cue.Said, StringComparison.OrdinalIgnoreCase))
                return LinkLoss.None;
            _cue = null;
            _lost.TrySetResult();
            return cue.Loss;
        }
    }

    /// <summary>Returns when something that was sent now may arrive.</summary>
    public async Task TravelAsync(CancellationToken cancellation)
    {
        if (Delay is { Ticks: > 0 } delay)
            await Task.Delay(delay, cancellation);
        while (_speaks is { Task.IsCompleted: false } silence)
            await silence.Task.WaitAsync(cancellation);
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.RemoveAll(one => one.IsCompleted);
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = new LinkedConnection(this, client);
        _connections.TryAdd(connection, true);
        await connection.RunAsync(_serverPort, _stop.Token);
        _connections.TryRemove(connection, out _);
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
