namespace SecKill.Grains.Hosting.Membership;

/// <summary>
/// How long each row of the membership table has not changed, by this machine's stopwatch. Times written by other machines are not used:
/// a wrong clock must not make a live silo look dead, or a dead one alive. Thread-safe.
/// </summary>
internal sealed class SignsOfLife(TimeProvider time)
{
    /// <summary>How often a silo renews its row.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    // After a longer gap between two reads (this process was frozen, or Redis did not answer), the others may not have had their
    // turn to write.
    private static readonly TimeSpan _gap = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private Dictionary<string, (RedisValue Row, long Since)> _rows = [];
    private long _seen;

    /// <summary>Records the table as it is now.</summary>
    public void See(IReadOnlyCollection<HashEntry> table)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (time.GetElapsedTime(_seen, now) > _gap)
                _rows = [];
            _seen = now;
            var before = _rows;
            _rows = table.ToDictionary(row => $"{row.Name}", row =>
                before.TryGetValue($"{row.Name}", out var known) && known.Row == row.Value ? known : (row.Value, now));
        }
    }

    /// <summary>How long a row has not changed; zero without such a row.</summary>
    public TimeSpan SilenceOf(string row)
    {
        lock (_gate)
            return _rows.TryGetValue(row, out var known) ? time.GetElapsedTime(known.Since) : TimeSpan.Zero;
    }

    /// <summary>Records a sign of life by another way than the table.</summary>
    public void Heard(string row)
    {
        lock (_gate)
        {
            if (_rows.TryGetValue(row, out var known))
                _rows[row] = known with { Since = time.GetTimestamp() };
        }
    }

    /// <summary>Discards all observations.</summary>
    public void StartAnew()
    {
        lock (_gate)
            _rows = [];
    }
}
