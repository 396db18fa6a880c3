using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Claims;

/// <summary>
/// What a gateway knows of a coupon: the sold-out lease, and on which silo it is active. A coupon of which that is not known, or
/// that was in trouble last, has a route of its own, so that it holds up nobody; all others share their silo's.
/// </summary>
internal sealed class ClaimLane
{
    private readonly TimeProvider _clock;
    private readonly ClaimRoute _own;
    private readonly Func<string, ClaimLane, string, Task<ClaimOutcome>> _sendToSilo;
    private readonly int _maxWaiting;
    private volatile Lease? _lease;
    private volatile string? _silo;
    private volatile string? _seenOn;
    private volatile bool _isUsed;
    private int _waiting;

    /// <summary>Makes an empty lane.</summary>
    /// <param name="coupon">Which coupon.</param>
    /// <param name="own">The route to its grain.</param>
    /// <param name="sendToSilo">Sends a claim to a silo, see <see cref="ClaimRoutes.SendToSilo"/>.</param>
    /// <param name="maxWaiting">How many claims may be on their way.</param>
    /// <param name="clock">For the lease.</param>
    public ClaimLane(CouponId coupon, ClaimRoute own, Func<string, ClaimLane, string, Task<ClaimOutcome>> sendToSilo, int maxWaiting, TimeProvider clock)
    {
        Coupon = coupon.Key;
        _own = own;
        _sendToSilo = sendToSilo;
        _maxWaiting = maxWaiting;
        _clock = clock;
    }

    /// <summary>The coupon's key.</summary>
    public string Coupon { get; }

    /// <summary>What was answered.</summary>
    public AnswerCounts Answers { get; } = new();

    /// <summary>The silo on which the coupon was seen last, in trouble or not; null where it was on none, or that one is gone.</summary>
    public string? SeenOn => _seenOn;

    /// <summary>Whether the lease allows to refuse this user without asking.</summary>
    public bool SurelySoldOutFor(string user) => _lease is { } lease && Holds(lease) && !lease.Owners.MayContain(user);

    /// <summary>Takes a place for a claim; false where too many of this coupon's are on their way. To be left again.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= _maxWaiting)
            return true;
        Leave();
        return false;
    }

    /// <summary>Leaves a place.</summary>
    public void Leave() => Interlocked.Decrement(ref _waiting);

    /// <inheritdoc cref="ClaimRoute.TryAdd"/>
    public bool TryAdd(string user, out Task<ClaimOutcome> outcome)
    {
        _isUsed = true;
        if (_silo is not { } silo)
            return _own.TryAdd(this, user, out outcome);
        outcome = _sendToSilo(silo, this, user);
        return true;
    }

    /// <summary>
    /// Gives the lane up if it was not used since this was asked last, no lease holds, and nobody is on his way. Whoever
    /// found it before is answered all the same, or told to take another one.
    /// </summary>
    /// <param name="isReported">Whether somebody takes its counts, so that it must wait for that.</param>
    public bool TryRetire(bool isReported = false)
    {
        var isUsed = _isUsed;
        _isUsed = false;
        if (isUsed || (_lease is { } lease && Holds(lease)) || Volatile.Read(ref _waiting) > 0)
            return false;
        return !(isReported && _seenOn is not null && Answers.HasAny) && _own.TryRetire();
    }

    /// <summary>Users' claims, as they are sent.</summary>
    public CouponClaims Claims(string[] users) => new(Coupon, new ClaimBatch(users, _lease?.Owners.Id));

    /// <summary>Takes note of what a reply says about the coupon.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="asked">When it was asked for: the lease counts from then, for the answer may have been long on its way.</param>
    public void Learn(ClaimReply reply, long asked)
    {
        // Whoever is in trouble, or does not exist, is asked by itself next time, so as not to hold up the others.
        _silo = reply.Outcomes.AsSpan().ContainsAny(ClaimOutcome.Undecided, ClaimOutcome.NoSuchCoupon) ? null : reply.Silo ?? _silo;
        _seenOn = reply.Silo ?? _seenOn;
        _lease = reply.SoldOut is { } granted && (granted.Filter ?? Known(granted.FilterId)) is { } owners
            ? new Lease(owners, asked, granted.Duration)
            : null;
    }

    /// <summary>Takes note that a silo is gone: unless the coupon was seen elsewhere since, nobody knows on which it will be next.</summary>
    public void Forget(string silo)
    {
        var seenOn = _seenOn;
        if (seenOn == silo)
            Interlocked.CompareExchange(ref _seenOn, null, seenOn);
    }

    private OwnerFilter? Known(string filterId) => _lease is { } lease && lease.Owners.Id == filterId ? lease.Owners : null;

    private bool Holds(Lease lease) => _clock.GetElapsedTime(lease.Since) < lease.Duration;

    private sealed record Lease(OwnerFilter Owners, long Since, TimeSpan Duration);
}
