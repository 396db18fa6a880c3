using Microsoft.Extensions.Time.Testing;

namespace SecKill.Tests.LocalServers;

/// <summary>A clock and timers that advance only by the test; its wall clock can be set without its stopwatch.</summary>
public sealed class TestClock : FakeTimeProvider
{
    private long _ahead;
    private int _timers;

    /// <summary>Pending timers.</summary>
    public int Timers => Volatile.Read(ref _timers);

    /// <summary>Sets the clock ahead or back. <see cref="FakeTimeProvider.AdjustTime"/> would move the stopwatch with it.</summary>
    public void Set(TimeSpan ahead) => Interlocked.Add(ref _ahead, ahead.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    // The base reads GetUtcNow, which is set ahead here.
    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var counted = new CountedTimer(this);
        counted.Start(dueTime, () => counted.Inner = base.CreateTimer(_ =>
        {
            if (period <= TimeSpan.Zero)
                counted.End();
            callback(state);
        }, null, dueTime, period));
        return counted;
    }

    private sealed class CountedTimer(TestClock clock) : ITimer
    {
        private readonly Lock _gate = new();
        private int _isWaiting;
        private bool _hasEnded;

        public ITimer Inner { get; set; } = null!;

        /// <summary>Counted once it is set, so that a test which sees it may advance the clock; unless it has rung by then.</summary>
        public void Start(TimeSpan dueTime, Action set)
        {
            lock (_gate)
                _hasEnded = false;
            set();
            lock (_gate)
                Count(dueTime >= TimeSpan.Zero && !_hasEnded);
        }

        public void End()
        {
            lock (_gate)
            {
                _hasEnded = true;
                Count(false);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isChanged = false;
            Start(dueTime, () => isChanged = Inner.Change(dueTime, period));
            return isChanged;
        }

        public void Dispose()
        {
            End();
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Count(bool isWaiting)
        {
            var now = isWaiting ? 1 : 0;
            Interlocked.Add(ref clock._timers, now - _isWaiting);
            _isWaiting = now;
        }
    }
}
