namespace SecKill.ServiceDefaults.Time;

/// <summary>
/// The time by which log-outs expire: the machine's clock, with a jump ahead believed only after it has held for a while, so that a clock
/// that is ahead for some seconds drops nothing. A step back is believed at once; a new process's time is not believed yet.
/// Not thread-safe.
/// </summary>
/// <param name="time">The wall clock and the monotonic clock it is checked against.</param>
/// <param name="patience">How long a jump must hold.</param>
internal sealed class BelievedClock(TimeProvider time, TimeSpan patience)
{
    /// <summary>How long a jump ahead must hold to be believed, wherever log-outs expire.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    // The largest correction between two reads that is not a jump.
    private static readonly TimeSpan _drift = TimeSpan.FromSeconds(1);

    // After a longer gap between reads, it is unknown whether a jump has held.
    private static readonly TimeSpan _maxGap = TimeSpan.FromMinutes(1);

    private readonly long _start = time.GetTimestamp();

    /// <summary>The wall-clock time at the monotonic clock's zero: as believed, and with the pending jump.</summary>
    private DateTimeOffset _believed = DateTimeOffset.MinValue;
    private DateTimeOffset _jumped = DateTimeOffset.MaxValue;
    private TimeSpan _jumpedAt;
    private TimeSpan _lastRead;

    /// <summary>Reads the clock; call it every few seconds. Returns the year 1 until a time is believed.</summary>
    public DateTimeOffset Read()
    {
        var elapsed = time.GetElapsedTime(_start);
        var origin = time.GetUtcNow() - elapsed;
        if (origin - _believed <= _drift)
        {
            (_believed, _jumped) = (origin, DateTimeOffset.MaxValue);
        }
        else
        {
            if (_jumped == DateTimeOffset.MaxValue || elapsed - _lastRead > _maxGap)
                (_jumped, _jumpedAt) = (origin, elapsed);
            else if (origin < _jumped)
                _jumped = origin;
            if (elapsed - _jumpedAt >= patience)
                (_believed, _jumped) = (_jumped, DateTimeOffset.MaxValue);
        }
        _lastRead = elapsed;
        return _believed + elapsed;
    }
}
