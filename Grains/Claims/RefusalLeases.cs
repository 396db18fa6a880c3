namespace SecKill.Grains.Claims;

/// <summary>
/// The units left of a coupon, and leases on it while Redis refuses all who own nothing: for a short time after such a decision,
/// claimants surely without a unit are refused without asking Redis, here and at the gateways. Changes are made under <c>gate</c>, the
/// lock of the sale; reads take it themselves. A lease is given only where the decision's stamp is the filter's, which may have later joins.
/// Joins are refused likewise while the waiting list is full.
/// The filter of a large coupon is built before it is needed, and grows with the winners. A lease of a sale that has not begun ends at its start.
/// </summary>
internal sealed class RefusalLeases(TimeSpan duration, TimeProvider time, Func<FilterStamp, IAsyncEnumerable<ReadOnlyMemory<byte>>> scan, Lock gate)
{
    private const int Unknown = int.MaxValue;

    // Fewer owners, and customers who wait, are scanned in some milliseconds, once it is needed.
    private const int Large = 10_000;

    // A million owners are scanned in a few seconds; also how often it is tried.
    private static readonly TimeSpan _ahead = TimeSpan.FromSeconds(10);

    // A decision that other decisions have overtaken for so long is lost.
    private static readonly TimeSpan _lateness = TimeSpan.FromSeconds(1);

    // Far beyond any lease, and in bounds as ticks of any clock.
    private static readonly TimeSpan _farthest = TimeSpan.FromDays(365);

    private volatile int _left = Unknown;
    private volatile bool _mayGrant;
    private ClaimOutcome _reason;
    private long _version;
    private long _until;
    private long _start;

    // The same of joins, while the waiting list is full.
    private FilterStamp _fullOf;
    private long _fullUntil;

    // Being scanned, or in use.
    private volatile GrowingFilter? _names;
    private FilterStamp _granted;
    private long? _scannedSince;
    private long? _failedSince;
    private long? _missingSince;
    private long? _gapSince;

    /// <summary>The units left, as last heard from Redis; 0 where that is not known.</summary>
    public int Left => _left is var left and not Unknown ? left : 0;

    /// <summary>Whether the names are scanned, so that a refusal gives a lease.</summary>
    public bool HasFilter => _names is { IsScanned: true };

    /// <summary>
    /// Redis reported the units left. Within an epoch they only become fewer, so reports may come in any order; but for units that are given back.
    /// </summary>
    public void NoteLeft(int left) => _left = Math.Min(_left, left);

    /// <summary>Redis decided. A lease begins when Redis was asked.</summary>
    public void NoteDecision(string[] users, in ClaimDecision decision, long asked)
    {
        if (_names is { } growing && !growing.TryAdd(users, decision))
            _names = null;
        _gapSince = _names is { HasGap: true } ? _gapSince ?? asked : null;
        // A reply about terms of before: units may have come back with those of now.
        var version = decision.Terms?.Version ?? 0;
        if (version < _version)
            return;
        if (version > _version)
        {
            // Units may have come back with them.
            (_version, _left) = (version, Unknown);
            EndLease();
        }
        // Units may have been given back. A reply that was overtaken is put right by the next.
        if (decision.Terms is not null)
            _left = decision.Left;
        NoteLeft(decision.Left);
        _start = decision.Terms?.StartsIn is { } startsIn ? asked + Ticks(startsIn < _farthest ? startsIn : _farthest) : 0;
        if (IsOvertaken(decision.Stamp))
            return;
        if (decision.Refusal is { } reason)
        {
            if (IsFilterOf(decision.Stamp, decision.Terms?.Line?.Waiting ?? 0, asked))
                Grant(reason, decision.Stamp, EndOf(asked));
        }
        else
        {
            EndLease();
            _missingSince = null;
            if (IsNearlyOver(decision, asked))
                Scan(decision.Stamp, decision.Terms?.Line?.Waiting ?? 0, asked);
        }
    }

    /// <summary>Customers were served from the waiting list, by a script that may say more in a decision of its own.</summary>
    public void NoteServed(string[] users, in ClaimDecision served)
    {
        if (_names is { } growing && !growing.TryAdd(users, served))
            _names = null;
    }

    /// <summary>Customers joined the waiting list: they may not meet a lease any more. Others heard that it is full, which begins one.</summary>
    public void NoteJoins(string[] users, in JoinDecision decision, long asked)
    {
        if (_names is { } growing && !growing.TryAddJoins(users, decision))
            _names = null;
        var stamp = decision.Stamp;
        if (!decision.IsFull)
            _fullUntil = 0;
        else if (!IsOvertaken(stamp) && IsFilterOf(stamp, decision.Waiting, asked) && asked + Ticks(duration) is var until && until >= _fullUntil)
            (_fullOf, _fullUntil, _mayGrant) = (stamp, until, true);
    }

    /// <summary>Stops granting leases, and forgets the names: the stock is being rebuilt.</summary>
    public void Withdraw()
    {
        EndLease();
        (_names, _scannedSince, _failedSince) = (null, null, null);
    }

    /// <summary>Other terms were put in, or units given back, and so many are left now.</summary>
    public void StartTerms(int left)
    {
        lock (gate)
        {
            _left = left;
            EndLease();
        }
    }

    /// <summary>A new epoch has begun, which may have brought units back.</summary>
    public void StartEpoch()
    {
        // Perhaps of another row of the ledger, whose versions begin anew.
        (_left, _version) = (Unknown, 0);
        Withdraw();
    }

    /// <summary>A lease to refuse a batch with, where all its claimants surely own nothing.</summary>
    public RefusalLease? TryRefuse(ClaimBatch batch) => TryRefuse(batch.Users, batch.Known) is { } lease && lease.Duration > TimeSpan.Zero ? lease : null;

    /// <summary>A lease to refuse joins with, where the waiting list is full and all of them surely neither wait nor own anything.</summary>
    public RefusalLease? TryRefuseJoins(string[] users, FilterStamp? known) =>
        TryRefuse(users, known) is { } lease && lease.FullFor > TimeSpan.Zero ? lease : null;

    private RefusalLease? TryRefuse(string[] users, FilterStamp? known)
    {
        if (!_mayGrant)
            return null;
        GrowingFilter? names;
        RefusalLease? lease;
        lock (gate)
            (names, lease) = (_names, Rest(known));
        return lease is null || Array.Exists(users, names!.MayContain) ? null : lease;
    }

    /// <summary>
    /// The rest of the lease, for a receiver that knows the filter of this stamp; or null where there is none to grant. Before the start an
    /// empty one tells of that.
    /// </summary>
    public RefusalLease? For(FilterStamp? known)
    {
        if (!_mayGrant && Volatile.Read(ref _start) == 0)
            return null;
        lock (gate)
            return Rest(known) ?? (StartsIn is { } startsIn ? new RefusalLease(ClaimOutcome.NotStarted, TimeSpan.Zero, default, null, startsIn) : null);
    }

    /// <summary>How long it is until the start of the sale, as last heard from Redis; null where it has begun.</summary>
    private TimeSpan? StartsIn => _start != 0 && time.GetElapsedTime(time.GetTimestamp(), _start) is var rest && rest > TimeSpan.Zero ? rest : null;

    private RefusalLease? Rest(FilterStamp? known)
    {
        if (_names is not { } names)
            return null;
        var (stamp, rest, full) = (names.Stamp, RestOf(names.Stamp, _granted, _until), RestOf(names.Stamp, _fullOf, _fullUntil));
        if (rest == TimeSpan.Zero && full == TimeSpan.Zero)
            return null;
        var added = known is { } earlier ? names.Since(earlier) : null;
        return new RefusalLease(_reason, rest, stamp, known == stamp || added is not null ? null : names.ToFilter(), StartsIn, added,
            added is not null ? stamp.Joins - known!.Value.Joins : 0, full);
    }

    // Names that joined since may be in the filter: those then ask Redis.
    private TimeSpan RestOf(FilterStamp names, FilterStamp granted, long until) =>
        names with { Joins = granted.Joins } == granted && names.Joins >= granted.Joins
        && time.GetElapsedTime(time.GetTimestamp(), until) is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero;

    private void Grant(ClaimOutcome reason, FilterStamp stamp, long until)
    {
        // Replies may come in another order than they were asked; an end goes with its own reason.
        if (until >= _until)
            (_reason, _granted, _until) = (reason, stamp, until);
        _mayGrant = true;
    }

    private void EndLease() => (_mayGrant, _until, _fullUntil) = (false, 0, 0);

    private long EndOf(long asked)
    {
        var end = asked + Ticks(duration);
        return _start == 0 ? end : Math.Min(_start, end);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    // A reply that was long under way must not cost the lease.
    private bool IsOvertaken(FilterStamp stamp) => _names is { } names && (stamp with { Joins = names.Stamp.Joins }).IsBefore(names.Stamp);

    /// <summary>Whether the filter is ready and of that state of the stock. If not, it is built, unless that is under way.</summary>
    private bool IsFilterOf(FilterStamp stamp, long waiting, long asked)
    {
        // Without owners there is nothing to scan.
        if (_names is null && stamp is { Positions: 0, Joins: 0 })
            _names = new GrowingFilter(stamp) { IsScanned = true };
        if (_names is { } names && names.Stamp with { Joins = stamp.Joins } == stamp && names.Stamp.Joins >= stamp.Joins)
        {
            _missingSince = null;
            return HasFilter;
        }
        EndLease();
        if (_names is null ? MayScan(stamp, waiting, asked) : HasFilter && IsLost(stamp, waiting, asked))
            Scan(stamp, waiting, asked);
        return false;
    }

    /// <summary>Whether winners that the filter lacks are not only late. Of a small coupon a scan takes no longer than they may.</summary>
    private bool IsLost(FilterStamp stamp, long waiting, long asked)
    {
        _missingSince ??= asked;
        return stamp.Positions + waiting < Large || IsOld(_missingSince, asked) || IsOld(_gapSince, asked);
    }

    /// <summary>Whether a coupon with many owners will soon be sold out or end, so that its filter is better built now than then.</summary>
    private bool IsNearlyOver(in ClaimDecision decision, long asked) =>
        decision.FirstPosition + (decision.Terms?.Line?.Waiting ?? 0) >= Large
        && (_names is null || (HasFilter && IsOld(_gapSince, asked)))
        && (decision.Left <= decision.FirstPosition / 9 || decision.Terms?.EndsIn <= _ahead)
        && !(asked - _scannedSince <= Ticks(_ahead));

    /// <summary>A scan of many names that failed, as it may where units come back all the time, is not repeated without a pause.</summary>
    private bool MayScan(FilterStamp stamp, long waiting, long asked) => stamp.Positions + waiting < Large || !(asked - _failedSince <= Ticks(_ahead));

    private bool IsOld(long? since, long asked) => asked - since > Ticks(_lateness);

    private void Scan(FilterStamp stamp, long waiting, long asked)
    {
        var names = _names = new GrowingFilter(stamp, waiting);
        (_scannedSince, _missingSince, _gapSince) = (asked, null, null);
        _ = Task.Run(() => ScanAsync(names));
    }

    private async Task ScanAsync(GrowingFilter names)
    {
        var isScanned = false;
        try
        {
            await foreach (var name in scan(names.From))
            {
                // Given up meanwhile.
                if (_names != names)
                    return;
                names.AddScanned(name.Span);
            }
            isScanned = true;
        }
        catch (UnavailableException)
        {
            // Without a filter there is no lease: Redis is asked each time, and the next refusal retries; of many names after a pause.
        }
        finally
        {
            lock (gate)
            {
                names.IsScanned = isScanned;
                if (!isScanned && _names == names)
                    (_names, _failedSince) = (null, time.GetTimestamp());
            }
        }
    }
}
