namespace SecKill.Tests.LocalServers;

/// <summary>A machine's clock that a test sets, beside a monotonic one that only goes on.</summary>
public sealed class SettableClock : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _now = DateTimeOffset.UtcNow;
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    /// <summary>Time passes.</summary>
    public void Pass(TimeSpan time)
    {
        lock (_gate)
            (_now, _elapsed) = (_now + time, _elapsed + time);
    }

    /// <summary>The clock is set, ahead or back.</summary>
    public void Set(TimeSpan ahead)
    {
        lock (_gate)
            _now += ahead;
    }
}
