namespace SecKill.Grains.Outbox;

/// <summary>
/// The joins and leaves of one coupon's waiting list that may have been confirmed to clients and are not in SQL yet, by their positions in
/// the waitlog. Should Redis lose them, they are put back when the stock is rebuilt. Not thread-safe: <see cref="UnpersistedClaims"/> owns it.
/// </summary>
internal sealed class UnpersistedWaits(ClaimSlots slots)
{
    // In order of arrival, see UnpersistedClaims.
    private readonly Queue<(WaitEntry Entry, long Position, long KeptUntil)> _entries = new();
    private readonly HashSet<(bool IsJoin, long Serial, string User)> _known = [];
    private long _persisted = -1;
    private long _keptUntil = -1;

    /// <summary>The end of the waitlog, as far as known here: how many entries have ever entered it.</summary>
    public long End { get; private set; }

    public bool Any => _entries.Count > 0;

    public int Count => _entries.Count;

    /// <summary>How many there are, and when the oldest was made, in microseconds since 1970; 0 where there is none.</summary>
    public (long Length, long OldestMicros) Log => (_entries.Count, _entries.TryPeek(out var first) ? first.Entry.Micros : 0);

    /// <summary>Whether the waitlog was read, so that what stands before a position can be told to be in SQL.</summary>
    public bool HasRead => _persisted >= 0;

    /// <summary>Those remembered, in the order of the waitlog.</summary>
    public List<WaitEntry> Remembered() => [.. _entries.OrderBy(one => one.Position).Select(one => one.Entry)];

    public void Add(in WaitEntry entry, long position)
    {
        End = Math.Max(End, position + 1);
        if (position < _persisted || !_known.Add(KeyOf(entry)))
            return;
        if (slots.TryTake())
        {
            _entries.Enqueue((entry, position, _keptUntil = Math.Max(_keptUntil, position)));
        }
        else
        {
            SiloMetrics.WaitsUnremembered.Add();
            _known.Remove(KeyOf(entry));
        }
    }

    /// <summary>Forgets what stands before a position: it is in SQL.</summary>
    public void ForgetUntil(long position)
    {
        if (position <= _persisted)
            return;
        (_persisted, End) = (position, Math.Max(End, position));
        var forgotten = 0;
        for (; _entries.TryPeek(out var first) && first.KeptUntil < position; forgotten++)
            _known.Remove(KeyOf(_entries.Dequeue().Entry));
        slots.Release(forgotten);
    }

    /// <summary>Forgets everything and gives its slots back; so many entries are in SQL, or -1 where that is not known.</summary>
    public void Start(long persisted)
    {
        slots.Release(_entries.Count);
        _entries.Clear();
        _known.Clear();
        (_persisted, _keptUntil, End) = (persisted, -1, 0);
    }

    private static (bool IsJoin, long Serial, string User) KeyOf(in WaitEntry entry) => (entry.IsJoin, entry.Serial, entry.User);
}
