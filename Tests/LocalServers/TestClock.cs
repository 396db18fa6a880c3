using Microsoft.Extensions.Time.Testing;

namespace SecKill.Tests.LocalServers;

/// <summary>A clock that goes on, and timers that fire, only when a test says so; and which can be set without its stopwatch noticing.</summary>
public sealed class TestClock : FakeTimeProvider
{
    private long _ahead;
    private int _timers;

    /// <summary>How many timers were started so far.</summary>
    public int Timers => Volatile.Read(ref _timers);

    /// <summary>Sets the clock ahead or back. <see cref="FakeTimeProvider.AdjustTime"/> would move the stopwatch with it.</summary>
    public void Set(TimeSpan ahead) => Interlocked.Add(ref _ahead, ahead.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    // The base reads GetUtcNow, which is set ahead here.
    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return base.CreateTimer(callback, state, dueTime, period);
    }
}
