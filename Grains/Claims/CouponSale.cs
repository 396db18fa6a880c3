using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.Grains.Claims;

/// <summary>
/// A silo's state of one active coupon: the phase, the unpersisted claims, the units left, the sold-out lease. The coupon's grain
/// and the silo's <see cref="ClaimBatchGrain"/> settle their decisions here; only the grain lets the phase advance. Thread-safe, for
/// the two run on different schedulers.
/// </summary>
internal sealed class CouponSale
{
    private const int Unknown = int.MaxValue;

    private readonly Lock _gate = new();
    private readonly UnpersistedClaims _unpersisted;
    private readonly SoldOutLeases _leases;
    private volatile SalePhase _phase = SalePhase.Unverified;
    private volatile int _left = Unknown;
    private bool _isRelayDue;

    /// <summary>Makes the sale of an activation that begins.</summary>
    public CouponSale(CouponStock stock, ClaimSlots slots, TimeSpan lease, TimeProvider time)
    {
        Stock = stock;
        _unpersisted = new UnpersistedClaims(slots);
        _leases = new SoldOutLeases(lease, time, stock.OwnersAsync, _gate);
    }

    /// <summary>The coupon's stock in Redis.</summary>
    public CouponStock Stock { get; }

    /// <summary>The phase; may change right after it is read.</summary>
    public SalePhase Phase => _phase;

    /// <summary>The units left, as last heard from Redis; 0 where that is not known.</summary>
    public int Left => _left is var left and not Unknown ? left : 0;

    /// <inheritdoc cref="UnpersistedClaims.Epoch"/>
    public long Epoch => Locked(claims => claims.Epoch);

    /// <inheritdoc cref="UnpersistedClaims.Outbox"/>
    public (long Depth, long OldestMicros) Outbox => Locked(claims => claims.Outbox);

    /// <inheritdoc cref="UnpersistedClaims.Any"/>
    public bool HasUnpersisted => Locked(claims => claims.Any);

    /// <summary>Settles a verified decision: notes its owners, the units left and the lease, and closes the sale past the grain when units run out.</summary>
    /// <param name="users">The claimants.</param>
    /// <param name="decision">What Redis decided for them.</param>
    /// <param name="asked">When Redis was asked, as a timestamp.</param>
    public Settlement Settle(string[] users, in ClaimDecision decision, long asked)
    {
        var winners = decision.Winners;
        lock (_gate)
        {
            // Read before it is closed below: the wake-up may have been cancelled while the script ran.
            var wasOpen = _phase == SalePhase.Open;
            var epoch = _unpersisted.Epoch;
            var isOfThisEpoch = _phase != SalePhase.Ended && _unpersisted.TryAdd(users, decision);
            StartEpochUnless(epoch);
            if (winners > 0 && Tracing.Recorded is { } claim)
                _unpersisted.AddTrace(claim.Context);
            if (isOfThisEpoch)
            {
                _left = Math.Min(_left, decision.Left);
                if (decision.Left > 0)
                    _leases.Withdraw();
                else
                    _leases.Extend(asked, decision.FirstPosition + winners);
            }
            if (wasOpen && (decision.Left == 0 || !isOfThisEpoch))
                _phase = SalePhase.Verified;
            return new Settlement(isOfThisEpoch, winners > 0, wasOpen, _isRelayDue);
        }
    }

    /// <summary>A lease to refuse a batch with, where all its claimants surely own nothing and the coupon is sold out.</summary>
    public SoldOutLease? TryRefuse(ClaimBatch batch)
    {
        if (_left > 0)
            return null;
        OwnerFilter? owners;
        SoldOutLease? lease;
        lock (_gate)
            (owners, lease) = (_leases.Owners, _leases.For(batch.KnownOwners));
        return lease is null || Array.Exists(batch.Users, owners!.MayContain) ? null : lease;
    }

    /// <inheritdoc cref="SoldOutLeases.For"/>
    public SoldOutLease? LeaseFor(string? known)
    {
        if (_left > 0)
            return null;
        lock (_gate)
            return _leases.For(known);
    }

    /// <summary>The stock was read and is verified, or was just created.</summary>
    /// <param name="left">Units left.</param>
    /// <param name="waiting">Claims in the outbox.</param>
    public void NoteVerified(int left, long waiting)
    {
        lock (_gate)
        {
            _unpersisted.NoteWaiting(waiting);
            _left = Math.Min(_left, left);
            if (_phase == SalePhase.Unverified && !_unpersisted.IsSealed)
                _phase = SalePhase.Verified;
        }
    }

    /// <summary>Lets the claim batch grain ask Redis past the grain: the wake-up is scheduled, and units were left.</summary>
    public void OpenToBatches() => Move(SalePhase.Verified, SalePhase.Open);

    /// <summary>Has claims decided through the grain again: something is out of the ordinary.</summary>
    public void CloseToBatches() => Move(SalePhase.Open, SalePhase.Verified);

    /// <summary>
    /// Whether a read of the outbox is pending: set before the grain's timer starts, cleared before it reads. Where it
    /// is set after a claim was queued, that claim is relayed without the grain being told.
    /// </summary>
    public void SetRelayDue(bool isDue)
    {
        lock (_gate)
            _isRelayDue = isDue && _phase < SalePhase.Leaving;
    }

    /// <inheritdoc cref="UnpersistedClaims.NoteHead"/>
    public void NoteHead(QueueHead head, bool isAll) => Locked(claims => claims.NoteHead(head, isAll));

    /// <inheritdoc cref="UnpersistedClaims.NotePersisted"/>
    public void NotePersisted(long epoch, long position) => Locked(claims => claims.NotePersisted(epoch, position));

    /// <inheritdoc cref="UnpersistedClaims.TakeTraces"/>
    public ActivityContext[] TakeTraces() => Locked(claims => claims.TakeTraces());

    /// <summary>The remembered claims of some customers.</summary>
    public IReadOnlyList<QueueEntry> UnpersistedOf(HashSet<string> customers) => Locked(claims => claims.Of(customers));

    /// <summary>Goes on in an epoch that another silo may have begun, if all remembered claims are in its stock.</summary>
    /// <param name="epoch">The present one.</param>
    /// <returns>False where they are not, so that the stock must be rebuilt with them.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<bool> TryAdoptAsync(long epoch)
    {
        if (!Locked(claims => claims.IsBehind(epoch)))
            return true;
        var remembered = Locked(claims => claims.Remembered());
        if (!await Stock.AreOwnersAsync([.. remembered.Select(claim => claim.User)]))
            return false;
        // Each owner has passed the outbox once, so none of them stands at this position or later.
        var end = await Stock.CountOwnersAsync();
        Locked(claims => claims.Adopt(epoch, remembered, end));
        return true;
    }

    /// <summary>The stock is about to be rebuilt: nothing is confirmed until <see cref="EndRebuild"/>.</summary>
    /// <returns>The claims that must be in it, and the latest epoch known here.</returns>
    /// <exception cref="UnavailableException">The activation has ended, and with it what it remembered.</exception>
    public (List<QueueEntry> Claims, long Epoch) BeginRebuild()
    {
        lock (_gate)
        {
            if (_phase == SalePhase.Ended)
                throw new UnavailableException("The coupon is leaving this silo.");
            if (_phase < SalePhase.Leaving)
                _phase = SalePhase.Unverified;
            _leases.Withdraw();
            return (_unpersisted.Seal(), _unpersisted.Epoch);
        }
    }

    /// <inheritdoc cref="UnpersistedClaims.Unseal"/>
    public long EndRebuild(RebuiltStock? rebuilt)
    {
        var lost = Locked(claims => _phase == SalePhase.Ended ? 0 : claims.Unseal(rebuilt));
        if (rebuilt is not null)
            Move(SalePhase.Unverified, SalePhase.Verified);
        return lost;
    }

    /// <summary>The activation is about to end.</summary>
    public void Leave()
    {
        lock (_gate)
            (_phase, _isRelayDue) = (SalePhase.Leaving, false);
    }

    /// <summary>The activation has ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            _phase = SalePhase.Ended;
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

    // Within an epoch units only become fewer, so replies may come in any order; a new one may have brought units back.
    private void StartEpochUnless(long epoch)
    {
        if (_unpersisted.Epoch == epoch)
            return;
        _left = Unknown;
        _leases.Withdraw();
    }
}
