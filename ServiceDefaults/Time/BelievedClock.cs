namespace SecKill.ServiceDefaults.Time;

/// <summary>
/// The time by which log-outs expire: the machine's clock, with a jump ahead believed only after it has held for a while, so that a clock
/// that is ahead for some seconds drops nothing. A step back is believed at once; a new process's time is not believed yet.
/// Not thread-safe.
/// </summary>
/// <param name="time">The wall clock and the monotonic clock it is checked against.</param>
/// <param name="patience">How long a jump must hold.</param>
public sealed class BelievedClock(TimeProvider time, TimeSpan patience)
{
    /// <summary>How long a jump ahead must stand to be believed, for all who drop log-outs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    // The largest correction between two reads that is not a jump.
    private static readonly TimeSpan _drift = TimeSpan.FromSeconds(1);

    // Of a jump that was not looked at for longer than this it is not known that it has stood.
    private static readonly TimeSpan _maxGap = TimeSpan.FromMinutes(1);

    private readonly long _start = time.GetTimestamp();

    /// <summary>What the clock showed at the start of the monotonic one, as believed and as it would be if the jump stands.</summary>
    private DateTimeOffset _believed = DateTimeOffset.MinValue;
    private DateTimeOffset _jumped = DateTimeOffset.MaxValue;
    private TimeSpan _jumpedAt;
    private TimeSpan _lastRead;

    /// <summary>Reads the clock; to be called every few seconds. Before anything is believed it is in the year 1.</summary>
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
