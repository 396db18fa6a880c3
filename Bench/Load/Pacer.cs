using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace SecKill.Bench.Load;

/// <summary>
/// Wakes connections at their due time. Usual timers are a millisecond or two late, which would count as server latency; this is one
/// thread that sleeps for microseconds and runs the continuations itself.
/// </summary>
internal sealed class Pacer : IDisposable
{
    private static readonly long _longestSleep = Clock.Ticks(TimeSpan.FromMilliseconds(1));
    private readonly PriorityQueue<Waiter, long> _waiters = new();
    private readonly Lock _lock = new();
    private Thread? _thread;
    private volatile bool _isStopped;

    /// <summary>Waits until a time on the <see cref="Clock"/>. False: the run is over before it.</summary>
    public ValueTask<bool> WaitAsync(Waiter waiter, long due)
    {
        lock (_lock)
        {
            if (_isStopped)
                return ValueTask.FromResult(false);
            if (due <= Clock.Now)
                return ValueTask.FromResult(true);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "pacer" };
                _thread.Start();
            }
            var wait = waiter.Begin();
            _waiters.Enqueue(waiter, due);
            return wait;
        }
    }

    /// <summary>Releases all waiters.</summary>
    public void Stop()
    {
        var all = new List<Waiter>();
        lock (_lock)
        {
            _isStopped = true;
            while (_waiters.TryDequeue(out var waiter, out _))
                all.Add(waiter);
        }
        foreach (var waiter in all)
            waiter.End(isDue: false);
    }

    public void Dispose()
    {
        Stop();
        _thread?.Join();
    }

    private void Run()
    {
        while (!_isStopped)
        {
            while (TakeDue() is { } waiter)
                waiter.End(isDue: true);
            Sleep();
        }
    }

    private Waiter? TakeDue()
    {
        lock (_lock)
            return _waiters.TryPeek(out _, out var due) && due <= Clock.Now ? _waiters.Dequeue() : null;
    }

    private void Sleep()
    {
        long ticks;
        lock (_lock)
            ticks = _waiters.TryPeek(out _, out var due) ? Math.Min(due - Clock.Now, _longestSleep) : _longestSleep;
        if (ticks <= 0)
            return;
        if (OperatingSystem.IsWindows())
            Thread.Sleep(1);
        else
            _ = SleepMicroseconds((uint)Clock.Micros(ticks));
    }

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SleepMicroseconds(uint microseconds);

    /// <summary>A connection's reusable entry in the queue.</summary>
    internal sealed class Waiter : IValueTaskSource<bool>
    {
        private ManualResetValueTaskSourceCore<bool> _source;

        bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

        void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        internal ValueTask<bool> Begin()
        {
            _source.Reset();
            return new ValueTask<bool>(this, _source.Version);
        }

        internal void End(bool isDue) => _source.SetResult(isDue);
    }
}
