using System.Collections.Concurrent;

namespace SecKill.Tests.LocalServers.Servers;

/// <summary>What a connection loses once its client has sent a given text.</summary>
public enum LinkLoss
{
    None,

    /// <summary>The server receives it, but sends nothing more and the connection stays open, as after a power cut.</summary>
    AnswerInSilence,

    /// <summary>The server receives it and answers; the answer is dropped and the connection closed.</summary>
    Answer,

    /// <summary>The server does not receive it, and the connection is closed.</summary>
    Request,
}

/// <summary>
/// A network link between a client process and a server: it forwards everything, and can be slow, silent (data arrives later, as with
/// TCP), cut, or closed in one direction.
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
    private Cue? _cue;
    private long _delayTicks;

    public Link(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The delay, each way.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Stops all traffic in both directions, also on new connections.</summary>
    public void FallSilent() => _speaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Delivers what was sent meanwhile.</summary>
    public void Speak() => _speaks.TrySetResult();

    /// <summary>Resets every connection; new ones may be made.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>Half-closes: clients see the end of the stream, but may still send to the server.</summary>
    public void HalfClose()
    {
        foreach (var connection in _connections.Keys)
            connection.CloseTowardsClient();
    }

    /// <summary>The next connection on which a client sends this text (ignoring case) loses something. Once.</summary>
    /// <returns>Whether the text was sent within the time; if not, nothing will be lost later.</returns>
    public Task<bool> LoseAfterAsync(string said, LinkLoss loss, TimeSpan within) => LoseAfterUnlessStoppedAsync(said, loss, within, CancellationToken.None);

    /// <summary>As <see cref="LoseAfterAsync"/>, with a token that ends the time.</summary>
    /// <inheritdoc cref="LoseAfterAsync" path="/returns"/>
    public async Task<bool> LoseAfterUnlessStoppedAsync(string said, LinkLoss loss, TimeSpan within, CancellationToken stop)
    {
        var cue = new Cue(said, loss);
        lock (_gate)
            _cue = cue;
        await Task.WhenAny(cue.Lost.Task, Task.Delay(within, stop));
        lock (_gate)
        {
            if (_cue == cue)
                _cue = null;
            return cue.Lost.Task.IsCompleted;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>Called for data from a client; returns what is lost from now on.</summary>
    public LinkLoss Hear(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_cue is not { } cue || !Encoding.Latin1.GetString(bytes).Contains(cue.Said, StringComparison.OrdinalIgnoreCase))
                return LinkLoss.None;
            _cue = null;
            cue.Lost.SetResult();
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

    private sealed record Cue(string Said, LinkLoss Loss)
    {
        public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
