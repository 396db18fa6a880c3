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
        counted.Count(dueTime);
        counted.Inner = base.CreateTimer(_ =>
        {
            if (period <= TimeSpan.Zero)
                counted.Count(Timeout.InfiniteTimeSpan);
            callback(state);
        }, null, dueTime, period);
        return counted;
    }

    private sealed class CountedTimer(TestClock clock) : ITimer
    {
        private int _isWaiting;

        public ITimer Inner { get; set; } = null!;

        public void Count(TimeSpan dueTime)
        {
            var isWaiting = dueTime >= TimeSpan.Zero ? 1 : 0;
            Interlocked.Add(ref clock._timers, isWaiting - Interlocked.Exchange(ref _isWaiting, isWaiting));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Count(dueTime);
            return Inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            Count(Timeout.InfiniteTimeSpan);
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
