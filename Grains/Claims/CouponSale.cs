using System.Diagnostics;
using SecKill.Grains.Recovery;

namespace SecKill.Grains.Claims;

/// <summary>
/// A silo's state of one active coupon: the phase, the unpersisted claims, the units left, the refusal lease and the edges of the window
/// that were seen. The coupon's grain and the silo's <see cref="ClaimBatchGrain"/> settle their decisions here; only the grain lets batches
/// in, the batch grain may stop them. Thread-safe, for the two run on different schedulers.
/// </summary>
internal sealed class CouponSale
{
    private const int MaxTraces = 8;

    private readonly Lock _gate = new();
    private readonly UnpersistedClaims _unpersisted;
    private readonly SeenLatches _latches = new();
    private volatile SalePhase _phase = SalePhase.Unverified;
    private bool _isRelayScheduled;
    private LineSize _line;

    // A sample of those of the claims won since the last relay.
    private ActivityContext[] _traces = [];

    public CouponSale(CouponStock stock, ClaimSlots slots, TimeSpan lease, TimeProvider time)
    {
        Stock = stock;
        _unpersisted = new UnpersistedClaims(slots);
        Leases = new RefusalLeases(lease, time, stock.NamesAsync, _gate);
    }

    public CouponStock Stock { get; }

    public RefusalLeases Leases { get; }

    /// <summary>May change right after it is read.</summary>
    public SalePhase Phase => _phase;

    /// <inheritdoc cref="UnpersistedClaims.Epoch"/>
    public long Epoch => Locked(claims => claims.Epoch);

    /// <inheritdoc cref="UnpersistedClaims.Outbox"/>
    public (long Length, long OldestMicros) Outbox => Locked(claims => claims.Outbox);

    /// <inheritdoc cref="UnpersistedWaits.Log"/>
    public (long Length, long OldestMicros) Waitlog => Locked(claims => claims.Waits.Log);

    /// <summary>The waiting list; empty where the coupon has none.</summary>
    public LineSize Line => Locked(_ => _line);

    public bool HasUnpersisted => Locked(claims => claims.Any);

    /// <summary>
    /// Notes what Redis, asked at that timestamp, decided for some claimants: the owners, the units left, the edges and the lease. Stops
    /// batching where all are refused who own nothing.
    /// </summary>
    public Settlement Settle(string[] users, in ClaimDecision decision, long asked)
    {
        var winners = decision.Winners;
        lock (_gate)
        {
            // As it is now, not when Redis was asked: the wake-up may have been cancelled while the script ran.
            var isBatched = _phase == SalePhase.Batched;
            var epoch = _unpersisted.Epoch;
            var isOfThisEpoch = _phase != SalePhase.Ended && TryAdd(users, decision);
            StartEpochUnless(epoch);
            if (winners > 0 && _traces.Length < MaxTraces && Tracing.Recorded is { } claim)
                _traces = [.. _traces, claim.Context];
            if (isOfThisEpoch)
                Leases.NoteDecision(users, decision, asked);
            if (isOfThisEpoch && decision.Terms?.Line is { } line)
                _line = LineSize.Of(line, decision);
            var hasNewLatch = isOfThisEpoch && decision.Terms is { } terms && _latches.Note(terms.Version, terms.Latches);
            if (isBatched && (decision.Refusal is not null || !isOfThisEpoch))
                _phase = SalePhase.Verified;
            return new Settlement(isOfThisEpoch, winners > 0 || decision.Served.Length > 0, isBatched, _isRelayScheduled, hasNewLatch, decision.Served is { Length: > 0 } served ? served : null);
        }
    }

    /// <summary>Notes that customers joined the waiting list, as Redis, asked at that timestamp, decided.</summary>
    /// <returns>False where the stock was rebuilt since, so that none may be confirmed to wait.</returns>
    public bool Settle(string[] users, in JoinDecision decision, long asked)
    {
        var (outcomes, serials, micros) = (decision.Outcomes, decision.Serials, decision.Micros);
        var entries = Enumerable.Range(0, users.Length).Where(i => serials[i] > 0)
            .Select(i => (new WaitEntry(true, micros, serials[i], users[i]), outcomes[i] == WaitOutcome.Joined));
        lock (_gate)
        {
            var epoch = _unpersisted.Epoch;
            var isOfThisEpoch = _phase != SalePhase.Ended && _unpersisted.TryAddWaits(decision.Epoch, decision.FirstPosition, entries);
            StartEpochUnless(epoch);
            if (!isOfThisEpoch)
                return false;
            NoteOwners(users, outcomes, decision.Positions, micros, decision.Epoch);
            Leases.NoteJoins(users, decision, asked);
            _line = _line with { Waiting = decision.Waiting };
            return true;
        }
    }

    /// <summary>Notes that customers left the waiting list.</summary>
    /// <returns>False where the stock was rebuilt since, so that it is not known whether they wait again.</returns>
    public bool Settle(string[] users, in LeaveDecision decision)
    {
        var (serials, micros) = (decision.Serials, decision.Micros);
        var entries = Enumerable.Range(0, users.Length).Where(i => serials[i] > 0).Select(i => (new WaitEntry(false, micros, serials[i], users[i]), true));
        lock (_gate)
        {
            var epoch = _unpersisted.Epoch;
            var isOfThisEpoch = _phase != SalePhase.Ended && _unpersisted.TryAddWaits(decision.Epoch, decision.FirstPosition, entries);
            StartEpochUnless(epoch);
            if (isOfThisEpoch)
                NoteOwners(users, decision.Outcomes, decision.Positions, micros, decision.Epoch);
            return isOfThisEpoch;
        }
    }

    /// <summary>Notes an owner who is told so, of whom perhaps only this reply of Redis tells.</summary>
    /// <returns>False where the stock was rebuilt since, so that it may not be confirmed.</returns>
    public bool SettleOwner(string user, long positions, long micros, long epoch) => Locked(claims =>
        _phase != SalePhase.Ended && claims.TryAdd([user], ClaimDecision.OfOwners(1, positions, micros, epoch)));

    private void NoteOwners(string[] users, WaitOutcome[] outcomes, long positions, long micros, long epoch)
    {
        string[] owners = [.. users.Where((_, i) => outcomes[i] == WaitOutcome.AlreadyClaimed)];
        if (owners.Length > 0)
            _unpersisted.TryAdd(owners, ClaimDecision.OfOwners(owners.Length, positions, micros, epoch));
    }

    /// <summary>
    /// Notes whom serve.lua has served: winners whom the filter must have. What it says of units and terms is no decision about claims, and
    /// gives no lease.
    /// </summary>
    /// <returns>False where the stock was rebuilt since.</returns>
    public bool Settle(in ServedUnits served)
    {
        var decision = ClaimDecision.Of(served);
        lock (_gate)
        {
            var epoch = _unpersisted.Epoch;
            var isOfThisEpoch = _phase != SalePhase.Ended && _unpersisted.TryAdd(served.Users, decision);
            StartEpochUnless(epoch);
            if (!isOfThisEpoch)
                return false;
            Leases.NoteServed(served.Users, decision);
            _line = LineSize.Of(served);
            return true;
        }
    }

    /// <inheritdoc cref="UnpersistedClaims.NoteWaitsPersisted"/>
    public void NoteWaitsPersisted(long epoch, long position) => Locked(claims => claims.NoteWaitsPersisted(epoch, position));

    /// <summary>Notes who was served before the claims were judged, and the claims' winners.</summary>
    private bool TryAdd(string[] users, in ClaimDecision decision)
    {
        if (decision.Served is { Length: > 0 } served)
        {
            var earlier = decision.OfServed();
            if (!_unpersisted.TryAdd(served, earlier))
                return false;
            Leases.NoteServed(served, earlier);
        }
        return _unpersisted.TryAdd(users, decision);
    }

    /// <summary>The stock was read and is verified, with an outbox of that length; or was just created.</summary>
    public void NoteVerified(int left, long outboxLength)
    {
        lock (_gate)
        {
            _unpersisted.NoteOutboxLength(outboxLength);
            Leases.NoteLeft(left);
            if (_phase == SalePhase.Unverified && !_unpersisted.IsSealed)
                _phase = SalePhase.Verified;
        }
    }

    /// <summary>Lets the claim batch grain ask Redis past the grain: the wake-up is scheduled, and units were left.</summary>
    public void StartBatching() => Move(SalePhase.Verified, SalePhase.Batched);

    /// <summary>Has claims decided through the grain again: something is out of the ordinary.</summary>
    public void StopBatching() => Move(SalePhase.Batched, SalePhase.Verified);

    /// <summary>
    /// Notes whether the grain's timer will read the outbox: set once it is started, cleared before it reads. A claim that is in the outbox
    /// while this is set is relayed without the grain being told.
    /// </summary>
    public void NoteRelayScheduled(bool isScheduled)
    {
        lock (_gate)
            _isRelayScheduled = isScheduled && _phase < SalePhase.Leaving;
    }

    /// <inheritdoc cref="UnpersistedClaims.NoteHead"/>
    public void NoteHead(OutboxHead head, bool isAll) => Locked(claims => claims.NoteHead(head, isAll));

    /// <inheritdoc cref="UnpersistedClaims.NotePersisted"/>
    public void NotePersisted(long epoch, long position) => Locked(claims => claims.NotePersisted(epoch, position));

    /// <summary>Edges that were seen and that the ledger may lack, with the version of the terms; null where there are none.</summary>
    public (long Version, WindowLatches Seen)? UnsavedLatches
    {
        get
        {
            lock (_gate)
                return _latches.AreUnsaved ? (_latches.Version, _latches.Seen) : null;
        }
    }

    /// <summary>The stock was read, and has seen these edges under a version of the terms.</summary>
    /// <returns>Whether the ledger may lack one of them, and that is news.</returns>
    public bool NoteLatches(long version, WindowLatches seen)
    {
        lock (_gate)
            return _latches.Note(version, seen);
    }

    /// <inheritdoc cref="SeenLatches.NoteSaved"/>
    public void NoteSaved(long version, WindowLatches saved)
    {
        lock (_gate)
            _latches.NoteSaved(version, saved);
    }

    public IReadOnlyList<OutboxEntry> UnpersistedOf(HashSet<string> customers) => Locked(claims => claims.Of(customers));

    /// <summary>Takes the traces that a relay continues. The first attempt only, or they would grow for as long as SQL is down.</summary>
    public ActivityContext[] TakeTraces()
    {
        lock (_gate)
        {
            var traces = _traces;
            _traces = [];
            return traces;
        }
    }

    /// <summary>Goes on in an epoch that another silo may have begun, if all remembered claims are in its stock.</summary>
    /// <returns>False where they are not, so that the stock must be rebuilt with them.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<bool> TryAdoptAsync(long epoch)
    {
        if (!Locked(claims => claims.IsBehind(epoch)))
            return true;
        var (remembered, waits) = Locked(claims => (claims.Remembered(), claims.Waits.Remembered()));
        if ((await Stock.NonOwnersAsync(remembered.Select(claim => claim.User))).Count > 0)
            return false;
        if (waits.Count > 0 && !await Stock.HasLineAsync(waits))
            return false;
        // Each claim has passed the outbox once, so none of these stands at this position or later.
        var end = await Stock.CountPositionsAsync();
        var stock = waits.Count > 0 ? await Stock.ReadAsync() : default;
        if (waits.Count > 0 && (stock.State != StockState.Verified || stock.Epoch != epoch))
            return false;
        Locked(claims => claims.Adopt(epoch, remembered, end, waits, stock.LoggedWaits));
        return true;
    }

    /// <summary>The stock is about to be rebuilt: nothing is confirmed until <see cref="EndRebuild"/>.</summary>
    /// <returns>
    /// The claims that must be in it, the latest epoch known here, the edges that were seen under a version of the terms, and the joins and
    /// leaves of the waiting list.
    /// </returns>
    /// <exception cref="UnavailableException">The activation has ended, and with it what it remembered.</exception>
    public (List<OutboxEntry> Claims, long Epoch, (long Version, WindowLatches Seen) Latches, List<WaitEntry> Waits) BeginRebuild()
    {
        lock (_gate)
        {
            if (_phase == SalePhase.Ended)
                throw new UnavailableException("The coupon is leaving this silo.");
            if (_phase < SalePhase.Leaving)
                _phase = SalePhase.Unverified;
            Leases.Withdraw();
            return (_unpersisted.Seal(), _unpersisted.Epoch, (_latches.Version, _latches.Seen), _unpersisted.Waits.Remembered());
        }
    }

    /// <inheritdoc cref="UnpersistedClaims.Unseal"/>
    public (long Claims, long Waits) EndRebuild(RebuiltStock? rebuilt)
    {
        var lost = Locked(claims => _phase == SalePhase.Ended ? default : claims.Unseal(rebuilt));
        if (rebuilt is not null)
            Move(SalePhase.Unverified, SalePhase.Verified);
        return lost;
    }

    public void Leave()
    {
        lock (_gate)
            (_phase, _isRelayScheduled) = (SalePhase.Leaving, false);
    }

    public void End()
    {
        lock (_gate)
        {
            _phase = SalePhase.Ended;
            Leases.Withdraw();
            _unpersisted.Clear();
        }
    }

    private void Move(SalePhase from, SalePhase to)
    {
        lock (_gate)
        {
            if (_phase == from)
                _phase = to;
        }
    }

    private T Locked<T>(Func<UnpersistedClaims, T> act)
    {
        lock (_gate)
        {
            var epoch = _unpersisted.Epoch;
            var result = act(_unpersisted);
            StartEpochUnless(epoch);
            return result;
        }
    }

    private void Locked(Action<UnpersistedClaims> act) => Locked(claims =>
    {
        act(claims);
        return true;
    });

    private void StartEpochUnless(long epoch)
    {
        // The first that is known is that of the stock which was read before.
        if (epoch < 0 || _unpersisted.Epoch == epoch)
            return;
        Leases.StartEpoch();
        _line = default;
        // The stock has those that it was opened with, and perhaps is of another row, whose versions begin anew.
        _latches.Clear();
    }
}
