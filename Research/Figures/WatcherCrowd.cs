using System.Net.Sockets;
using System.Text;
using SecKill.Bench;
using SecKill.Bench.Http;

namespace SecKill.Research.Figures;

/// <summary>Many watchers of one sale, each on its own connection, that count what they receive.</summary>
internal sealed class WatcherCrowd : IAsyncDisposable
{
    private const int OpeningAtOnce = 100;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _end = new();
    private readonly Socket[] _sockets;
    private readonly Task[] _watching;
    private long _readings;
    private int _cutOff;

    private WatcherCrowd(int count) => (_sockets, _watching) = (new Socket[count], new Task[count]);

    /// <summary>Snapshots received by all watchers.</summary>
    public long Readings => Interlocked.Read(ref _readings);

    /// <summary>Watchers that were disconnected.</summary>
    public int CutOff => Volatile.Read(ref _cutOff);

    /// <summary>Opens the watchers; returns once each got its first snapshot.</summary>
    /// <exception cref="BenchException">A watcher is refused.</exception>
    public static async Task<WatcherCrowd> OpenAsync(Target target, string path, int count, CancellationToken stop)
    {
        await target.FindAsync(stop);
        var request = Encoding.ASCII.GetBytes($"GET {target.BasePath}{path} HTTP/1.1\r\nHost: {target.Host}\r\nAccept: text/event-stream\r\n\r\n");
        var crowd = new WatcherCrowd(count);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = OpeningAtOnce, CancellationToken = stop };
            await Parallel.ForEachAsync(Enumerable.Range(0, count), options, async (i, opening) =>
            {
                crowd._sockets[i] = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await crowd._sockets[i].ConnectAsync(target.EndPoint, opening);
                await crowd._sockets[i].SendAsync(request, opening);
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                crowd._watching[i] = crowd.WatchAsync(crowd._sockets[i], begun);
                await begun.Task.WaitAsync(_timeout, opening);
            });
            return crowd;
        }
        catch (Exception fault) when (fault is SocketException or TimeoutException)
        {
            await crowd.DisposeAsync();
            throw new BenchException($"Not all of {count:n0} can watch: {fault.Message}");
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_watching.OfType<Task>());
        foreach (var socket in _sockets)
            socket?.Dispose();
        _end.Dispose();
    }

    private async Task WatchAsync(Socket socket, TaskCompletionSource begun)
    {
        var buffer = new byte[4 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, _end.Token) is > 0 and var length)
            {
                var received = buffer.AsMemory(0, length);
                if (!begun.Task.IsCompleted && received.Span.StartsWith("HTTP/1.1 "u8) && !received.Span.StartsWith("HTTP/1.1 200"u8))
                    begun.TrySetException(new BenchException($"A watcher is answered {Encoding.ASCII.GetString(received.Span[..12])}"));
                // Each snapshot is small and sent in one write.
                if (received.Span.IndexOf("data: "u8) >= 0)
                {
                    Interlocked.Increment(ref _readings);
                    begun.TrySetResult();
                }
            }
            Interlocked.Increment(ref _cutOff);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _cutOff);
        }
        begun.TrySetException(new BenchException("A watcher was cut off before its first snapshot."));
    }
}
