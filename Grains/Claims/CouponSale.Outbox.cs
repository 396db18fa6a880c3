using System.Diagnostics;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Claims;

/// <content>The unpersisted claims: what the relay has persisted, what a rebuild must put back.</content>
internal sealed partial class CouponSale
{
    /// <inheritdoc cref="UnpersistedClaims.Any"/>
    public bool HasUnpersisted
    {
        get
        {
            lock (_gate)
                return _unpersisted.Any;
        }
    }

    /// <inheritdoc cref="UnpersistedClaims.Seen"/>
    public void Seen(in QueueHead head, bool isAll)
    {
        lock (_gate)
        {
            var epoch = _unpersisted.Epoch;
            _unpersisted.Seen(head, isAll);
            StartEpochUnless(epoch);
        }
    }

    /// <inheritdoc cref="UnpersistedClaims.Persisted"/>
    public void Persisted(long epoch, long position)
    {
        lock (_gate)
            _unpersisted.Persisted(epoch, position);
    }

    /// <inheritdoc cref="UnpersistedClaims.TakeTraces"/>
    public ActivityContext[] TakeTraces()
    {
        lock (_gate)
            return _unpersisted.TakeTraces();
    }

    /// <summary>The remembered claims of some customers.</summary>
    public IReadOnlyList<QueueEntry> UnpersistedOf(HashSet<string> customers)
    {
        lock (_gate)
            return _unpersisted.Of(customers);
    }

    /// <inheritdoc cref="UnpersistedClaims.IsBehind"/>
    public bool IsBehind(long epoch)
    {
        lock (_gate)
            return _unpersisted.IsBehind(epoch);
    }

    /// <summary>Goes on in an epoch that another silo began, if all remembered claims are in its stock.</summary>
    /// <returns>False where they are not, so that the stock must be rebuilt with them.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<bool> TryAdoptAsync(long epoch)
    {
        List<QueueEntry> claims;
        lock (_gate)
            claims = _unpersisted.Remembered();
        if (!await Stock.AreOwnersAsync([.. claims.Select(claim => claim.User)]))
            return false;
        // Each owner has passed the outbox once, so none of them stands at this position or later.
        var end = await Stock.CountOwnersAsync();
        lock (_gate)
        {
            var before = _unpersisted.Epoch;
            if (_phase != SalePhase.Ended)
                _unpersisted.Adopt(epoch, claims, end);
            StartEpochUnless(before);
        }
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
        lock (_gate)
        {
            if (_phase == SalePhase.Ended)
                return 0;
            var epoch = _unpersisted.Epoch;
            var lost = _unpersisted.Unseal(rebuilt);
            StartEpochUnless(epoch);
            if (rebuilt is not null && _phase == SalePhase.Unverified)
                _phase = SalePhase.Verified;
            return lost;
        }
    }
}
