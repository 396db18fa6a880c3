namespace SecKill.Grains.Claims;

/// <summary>
/// A silo's filter of a coupon's owners, and those who returned a unit, that stays right while units are won: the names of one state are
/// scanned, and those won since are added as this silo hears of them, in whichever order. It is of the state up to which no winner is
/// missing. Not thread-safe but for <see cref="AddScanned"/> and <see cref="MayContain"/>: the sale that owns it locks.
/// </summary>
/// <param name="from">The state to scan, or a later one; what is won from there on is added.</param>
/// <param name="waiting">How many waited then: who has left the waiting list again takes no room.</param>
internal sealed class GrowingFilter(FilterStamp from, long waiting = 0)
{
    // Ten gateways have some 20 decisions under way. Where more are missing, one is lost.
    private const int MaxOutOfOrder = 256;

    // For a raise or a short pause: 12 kB where the whole filter is up to a hundred times that.
    private const int MaxRecent = 1_000;

    // A tenth may be left when the scan begins, and some are added after a raise.
    private readonly long _spare = CapacityFor(from, waiting) - from.Positions - waiting;
    private readonly OwnerFilterBuilder _names = new(CapacityFor(from, waiting));

    // The last winners, by position. Of a small coupon fewer, since there the filter itself is smaller than a thousand names.
    private readonly string[] _recent = new string[Math.Min(MaxRecent, CapacityFor(from, waiting) / 16)];

    // Decisions behind a gap: their first positions, and their ends.
    private readonly Dictionary<long, long> _behindGap = [];
    private long _end = from.Positions;
    private long _last = from.Positions;

    // As the winners: how many had joined before a decision, and after it.
    private readonly Dictionary<long, long> _joinsBehindGap = [];
    private long _joins = from.Joins;
    private long _lastJoin = from.Joins;
    private string[]? _recentJoins;
    private OwnerFilter? _copy;

    /// <summary>The state from which on winners are added.</summary>
    public FilterStamp From { get; } = from;

    /// <summary>The state up to which no winner is missing.</summary>
    public FilterStamp Stamp => From with { Positions = _end, Joins = _joins };

    /// <summary>Whether winners are known that come after some which are not.</summary>
    public bool HasGap => _behindGap.Count + _joinsBehindGap.Count > 0;

    /// <summary>Whether the names of before are in it too, so that it may be used.</summary>
    public bool IsScanned { get; set; }

    /// <summary>Adds a scanned name, in UTF-8.</summary>
    public void AddScanned(ReadOnlySpan<byte> name) => _names.Add(name);

    /// <summary>Adds the winners of a decision.</summary>
    /// <returns>False where the filter is full, or a decision is lost: it will never be right again.</returns>
    public bool TryAdd(string[] users, in ClaimDecision decision)
    {
        var (position, end) = (decision.FirstPosition, decision.Stamp.Positions);
        // Nothing won, or scanned.
        if (end == position || end <= _end)
            return true;
        if (end - From.Positions + _lastJoin - From.Joins > _spare)
            return false;
        for (var i = 0; i < users.Length; i++)
        {
            if (decision.Outcomes[i] != ClaimOutcome.Claimed)
                continue;
            _names.Add(users[i]);
            _recent[position++ % _recent.Length] = users[i];
        }
        _last = Math.Max(_last, end);
        return TryReach(ref _end, _behindGap, decision.FirstPosition, end);
    }

    /// <summary>Adds those who joined the waiting list.</summary>
    /// <returns>As <see cref="TryAdd"/>.</returns>
    public bool TryAddJoins(string[] users, in JoinDecision decision)
    {
        var end = decision.FirstJoin + decision.Joined;
        if (end == decision.FirstJoin || end <= _joins)
            return true;
        if (end - From.Joins + _last - From.Positions > _spare)
            return false;
        _recentJoins ??= new string[_recent.Length];
        var join = decision.FirstJoin;
        for (var i = 0; i < users.Length; i++)
        {
            if (decision.Outcomes[i] != WaitOutcome.Joined)
                continue;
            _names.Add(users[i]);
            _recentJoins[join++ % _recentJoins.Length] = users[i];
        }
        _lastJoin = Math.Max(_lastJoin, end);
        return TryReach(ref _joins, _joinsBehindGap, decision.FirstJoin, end);
    }

    /// <summary>Moves an end on, if nothing is missing before it.</summary>
    private bool TryReach(ref long reached, Dictionary<long, long> behindGap, long first, long end)
    {
        if (first != reached)
            return behindGap.Count < MaxOutOfOrder && behindGap.TryAdd(first, end);
        do
            (reached, _copy) = (end, null);
        while (behindGap.Remove(reached, out end));
        return true;
    }

    /// <inheritdoc cref="OwnerFilter.MayContain(string)"/>
    public bool MayContain(string user) => _names.MayContain(user);

    /// <summary>The winners since an earlier state, then those who joined the waiting list since; null where these are too many, or not known.</summary>
    public string[]? Since(FilterStamp known)
    {
        var (won, joined) = (_end - known.Positions, _joins - known.Joins);
        if (known != Stamp with { Positions = known.Positions, Joins = known.Joins } || won < 0 || joined < 0 || won + joined == 0
            || (won > 0 && known.Positions < Math.Max(From.Positions, _last - _recent.Length))
            || (joined > 0 && known.Joins < Math.Max(From.Joins, _lastJoin - _recent.Length)))
            return null;
        var names = new string[won + joined];
        for (var i = 0; i < won; i++)
            names[i] = _recent[(known.Positions + i) % _recent.Length];
        for (var i = 0; i < joined; i++)
            names[won + i] = _recentJoins![(known.Joins + i) % _recentJoins.Length];
        return names;
    }

    /// <summary>As it is now.</summary>
    public OwnerFilter ToFilter() => _copy ??= _names.ToFilter(Stamp);

    private static long CapacityFor(FilterStamp from, long waiting)
    {
        var names = from.Positions + waiting;
        return names + names / 8 + 16;
    }
}
