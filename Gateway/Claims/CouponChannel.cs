namespace SecKill.Gateway.Claims;

/// <summary>
/// What a gateway knows of one coupon: the refusal lease, its silo, the counts. Claims go to the channel of the coupon's silo. If the silo is
/// not known, or the last reply told of trouble, this channel calls the coupon's grain by itself, so that the coupon delays no other.
/// </summary>
internal sealed class CouponChannel(CouponId coupon, ClaimChannels channels) : ClaimChannel(channels)
{
    private volatile Lease? _lease;
    private volatile SiloChannel? _silo;
    private volatile string? _lastSilo;
    private int _waiting;

    /// <summary>The coupon's <see cref="CouponId.Key"/>.</summary>
    public string Key { get; } = coupon.Key;

    /// <summary>The answers given since the last report.</summary>
    public OutcomeCounts Counts { get; } = new();

    /// <summary>The silo that answered last, in trouble or not; null if there is none, or it is gone.</summary>
    public string? LastSilo => _lastSilo;

    /// <summary>What the lease allows to answer this user without a call; null if nothing.</summary>
    public ClaimOutcome? RefusalFor(string customer) => _lease is { } lease && Holds(lease) && !lease.Filter.MayContain(customer) ? lease.Reason : null;

    /// <summary>Takes a place for a claim. <see cref="Release"/> gives it back.</summary>
    /// <returns>False if this coupon has no place left.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= Channels.MaxWaitingPerCoupon)
            return true;
        Interlocked.Decrement(ref _waiting);
        return false;
    }

    /// <summary>Gives a place back and counts the answer.</summary>
    public void Release(ClaimOutcome outcome)
    {
        Counts.Add(outcome);
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Sends a claim that has a place; its place is given back with the answer.</summary>
    /// <returns>False if this channel is closed; then its place is given back.</returns>
    public bool TrySend(string customer, out Task<ClaimOutcome> outcome)
    {
        MarkUsed();
        if (_silo is { } silo)
        {
            if (silo.TryAdd(this, customer, out outcome))
                return true;
            // Closed after a lull. The grain's next reply names the silo again.
            Interlocked.CompareExchange(ref _silo, null, silo);
        }
        if (TryAdd(this, customer, out outcome))
            return true;
        Interlocked.Decrement(ref _waiting);
        return false;
    }

    /// <summary>Closes it as any channel; one with counts waits for the next report, if its silo can be told.</summary>
    public override bool TryClose() =>
        !(_lease is { } lease && Holds(lease))
        && Volatile.Read(ref _waiting) == 0
        && !(Channels.AreCountsReported && _lastSilo is not null && Counts.HasAny)
        && base.TryClose();

    /// <summary>The claims of users, as they are sent.</summary>
    public CouponClaims Batch(string[] users) => new(Key, new ClaimBatch(users, _lease?.Filter.Stamp));

    /// <summary>Takes over what a reply says of the coupon.</summary>
    /// <param name="sent">When the call was sent: the lease counts from then, since the reply may have been under way for long.</param>
    public void Learn(ClaimReply reply, long sent)
    {
        if (reply.Silo is not null)
            _lastSilo = reply.Silo;
        _silo = reply.Outcomes.AsSpan().ContainsAny(ClaimOutcome.Undecided, ClaimOutcome.NoSuchCoupon) ? null
            : reply.Silo is { } silo ? Channels.ToSilo(silo)
            : _silo;
        _lease = reply.Refusal is { } granted && (granted.Filter ?? Known(granted.Stamp)) is { } filter
            ? new Lease(granted.Reason, filter, sent, granted.Duration)
            : null;
    }

    /// <summary>Forgets a silo that is gone, unless another one has answered since.</summary>
    public void Forget(string silo)
    {
        var last = _lastSilo;
        if (last == silo)
            Interlocked.CompareExchange(ref _lastSilo, null, last);
    }

    protected override async Task<ClaimReply[]> CallAsync(CouponClaims[] claims) => [await AskGrainAsync(claims[0])];

    private OwnerFilter? Known(FilterStamp stamp) => _lease is { } lease && lease.Filter.Stamp == stamp ? lease.Filter : null;

    private bool Holds(Lease lease) => Channels.Clock.GetElapsedTime(lease.Since) < lease.Duration;

    private sealed record Lease(ClaimOutcome Reason, OwnerFilter Filter, long Since, TimeSpan Duration);
}
