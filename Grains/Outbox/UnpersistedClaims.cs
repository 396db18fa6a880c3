using SecKill.Grains.Recovery;

namespace SecKill.Grains.Outbox;

/// <summary>
/// The claims of one coupon that may have been confirmed to clients and are not in SQL yet: noted before they are confirmed. Should Redis
/// lose them, they are replayed when the stock is rebuilt. Their positions also tell the length and age of the outbox.
/// Not thread-safe: the sale that owns it locks.
/// A claim without a slot is counted and may be confirmed, but is not remembered.
/// </summary>
internal sealed class UnpersistedClaims(ClaimSlots slots)
{
    // In order of arrival, which is nearly that of positions, so that nothing is sorted while it sells: a claim that arrives behind a
    // later position is kept as long as that one.
    private readonly Queue<Claim> _claims = new();
    private readonly HashSet<string> _users = [];
    private long _keptUntil = -1;

    // Positions in the outbox of this epoch. Every claim passes it once, so its end is owners + returned. -1: not read yet.
    private long _persisted = -1;
    private long _end;

    // The outbox's length when the stock was verified, less what was relayed since, and the time of its first entry as last read; 0 where
    // not known.
    private long _lengthFound;
    private long _headMicros;

    /// <summary>The epoch of the stock that these claims were decided in, or -1.</summary>
    public long Epoch { get; private set; } = -1;

    public bool Any => _claims.Count > 0 || Waits.Any;

    /// <summary>The joins and leaves of the waiting list, in the same epoch.</summary>
    public UnpersistedWaits Waits { get; } = new(slots.OfWaits);

    /// <summary>Whether the list was handed to a rebuild that has not ended.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>How many claims are in the outbox, and when the oldest was won, in microseconds since 1970; 0 where that is not known.</summary>
    public (long Length, long OldestMicros) Outbox
    {
        get
        {
            // Until the outbox was read: what was found at first, and what was won since.
            var length = _persisted < 0 ? _lengthFound + _claims.Count : Math.Max(_end - _persisted, _lengthFound);
            if (length == 0)
                return default;
            return (length, _headMicros == 0 && _claims.TryPeek(out var first) ? first.Entry.Micros : _headMicros);
        }
    }

    /// <summary>Notes the owners that a decision names.</summary>
    /// <returns>
    /// False where the stock was rebuilt since, or is being rebuilt, so that they may not be in it: none may be confirmed as an owner.
    /// Also where another silo has rebuilt it, until <see cref="Adopt"/>.
    /// </returns>
    public bool TryAdd(string[] users, in ClaimDecision decision)
    {
        if (!TryEnter(decision.Epoch))
            return false;
        var position = decision.FirstPosition;
        for (var i = 0; i < users.Length; i++)
        {
            if (decision.Outcomes[i] == ClaimOutcome.Claimed)
                Add(new OutboxEntry(decision.Micros, users[i]), position++);
            // Won before, perhaps by a claim whose reply was lost, so that only this one tells of it. Not where all are persisted.
            else if (decision.Outcomes[i] == ClaimOutcome.AlreadyClaimed && _persisted >= 0)
                Add(new OutboxEntry(decision.Micros, users[i]), decision.FirstPosition - 1);
        }
        _end = Math.Max(_end, position);
        return true;
    }

    /// <summary>Notes joins or leaves, of which the first new one stands at a position of the waitlog; those of before stand ahead of it.</summary>
    /// <returns>As <see cref="TryAdd(string[], in ClaimDecision)"/>.</returns>
    public bool TryAddWaits(long epoch, long position, IEnumerable<(WaitEntry Entry, bool IsNew)> entries)
    {
        if (!TryEnter(epoch))
            return false;
        foreach (var (entry, isNew) in entries)
        {
            // As a claim of before: perhaps only this reply tells of it.
            if (isNew)
                Waits.Add(entry, position++);
            else if (Waits.HasRead)
                Waits.Add(entry, position - 1);
        }
        return true;
    }

    private bool TryEnter(long epoch)
    {
        if (IsSealed)
            return false;
        if (Epoch < 0 || (epoch > Epoch && !Any))
            Start(epoch);
        return epoch == Epoch;
    }

    /// <summary>Notes that the waitlog of that epoch is in SQL up to a position.</summary>
    public void NoteWaitsPersisted(long epoch, long position)
    {
        if (!IsSealed && epoch == Epoch)
            Waits.ForgetUntil(position);
    }

    /// <summary>Notes the outbox's length as it was read when the stock was verified.</summary>
    public void NoteOutboxLength(long length) => _lengthFound = _persisted < 0 ? Math.Max(0, length - _claims.Count) : length;

    /// <summary>Notes the head of the outbox, or all of it, as it was read: everything before is in SQL.</summary>
    public void NoteHead(in OutboxHead head, bool isAll)
    {
        if (IsSealed || head.Epoch < Epoch || IsBehind(head.Epoch))
            return;
        if (head.Epoch > Epoch)
            Start(head.Epoch);
        ForgetUntil(head.Position);
        _end = Math.Max(_end, head.Position + head.Entries.Length);
        _headMicros = head.Entries.Length > 0 ? head.Entries[0].Micros : 0;
        if (isAll)
            _lengthFound = 0;
    }

    /// <summary>Forgets the claims before a position: they are in SQL.</summary>
    public void NotePersisted(long epoch, long position)
    {
        if (IsSealed || epoch != Epoch || position <= _persisted)
            return;
        ForgetUntil(position);
        // The next read tells; until then the oldest that is remembered.
        _headMicros = 0;
    }

    /// <summary>Whether another silo has rebuilt the stock, and so begun this epoch, while claims were remembered here.</summary>
    public bool IsBehind(long epoch) => Any && Epoch < epoch;

    /// <summary>
    /// Goes on in an epoch that another silo began, if nothing was won since all remembered claims were found in its stock. None of them
    /// stands at the outbox's end as read after that, or later.
    /// </summary>
    public void Adopt(long epoch, List<OutboxEntry> claims, long end, List<WaitEntry>? waits = null, long endOfWaits = 0)
    {
        if (IsSealed || epoch <= Epoch || _claims.Count != claims.Count || Waits.Count != (waits?.Count ?? 0))
            return;
        Start(epoch, end: end);
        foreach (var claim in claims)
            Add(claim, end - 1);
        foreach (var wait in waits ?? [])
            Waits.Add(wait, endOfWaits - 1);
    }

    /// <summary>Hands the claims to a rebuild, in the order of winning; none is added until <see cref="Unseal"/>.</summary>
    public List<OutboxEntry> Seal()
    {
        IsSealed = true;
        return Remembered();
    }

    /// <summary>Ends a rebuild; null where it failed and all is as before.</summary>
    /// <returns>
    /// How many claims had entered the outbox, as far as known here, that are lost and were not dropped for want of a unit; and how many
    /// joins and leaves the waitlog.
    /// </returns>
    public (long Claims, long Waits) Unseal(RebuiltStock? rebuilt)
    {
        IsSealed = false;
        if (rebuilt is null)
            return default;
        var lostWaits = rebuilt.Line is { } line ? Math.Max(0, Waits.End - line.Joins - line.Leaves) : 0;
        var lost = Math.Max(0, _end - rebuilt.Positions - rebuilt.Dropped);
        Start(rebuilt.Epoch, rebuilt.Drained, rebuilt.Positions);
        _lengthFound = 0;
        for (var i = 0; i < rebuilt.Outbox.Count; i++)
            Add(rebuilt.Outbox[i], rebuilt.Drained + i);
        Waits.Start(rebuilt.Line?.Logged ?? -1);
        for (var i = 0; i < (rebuilt.Line?.Waitlog.Count ?? 0); i++)
            Waits.Add(rebuilt.Line!.Waitlog[i], rebuilt.Line.Logged + i);
        return (lost, lostWaits);
    }

    /// <summary>The remembered claims in the order of winning.</summary>
    public List<OutboxEntry> Remembered() => [.. _claims.OrderBy(claim => claim.Position).Select(claim => claim.Entry)];

    public IReadOnlyList<OutboxEntry> Of(HashSet<string> customers)
    {
        // Most coupons have none of them: found out by looking up the smaller set in the larger one.
        var some = _users.Count < customers.Count ? customers.Overlaps(_users) : _users.Overlaps(customers);
        return some ? [.. _claims.Select(claim => claim.Entry).Where(entry => customers.Contains(entry.User))] : [];
    }

    /// <summary>Forgets everything and gives its slots back.</summary>
    public void Clear() => Start(long.MaxValue);

    private void Add(OutboxEntry entry, long position)
    {
        if (position < _persisted || !_users.Add(entry.User))
            return;
        if (slots.TryTake())
        {
            _claims.Enqueue(new Claim(entry, position, _keptUntil = Math.Max(_keptUntil, position)));
        }
        else
        {
            SiloMetrics.WinsUnremembered.Add();
            _users.Remove(entry.User);
        }
    }

    private void ForgetUntil(long position)
    {
        if (position <= _persisted)
            return;
        if (_persisted >= 0)
            _lengthFound = Math.Max(0, _lengthFound - (position - _persisted));
        (_persisted, _end) = (position, Math.Max(_end, position));
        var forgotten = 0;
        while (_claims.TryPeek(out var first) && first.KeptUntil < position)
        {
            _users.Remove(_claims.Dequeue().Entry.User);
            forgotten++;
        }
        slots.Release(forgotten);
    }

    private void Start(long epoch, long persisted = -1, long end = 0)
    {
        slots.Release(_claims.Count);
        _claims.Clear();
        _users.Clear();
        Waits.Start(-1);
        (Epoch, _persisted, _end, _keptUntil, _headMicros) = (epoch, persisted, end, -1, 0);
    }

    /// <summary>Stands at a position of the outbox, or before it; forgotten once what <c>KeptUntil</c> names is persisted.</summary>
    private readonly record struct Claim(OutboxEntry Entry, long Position, long KeptUntil);
}
