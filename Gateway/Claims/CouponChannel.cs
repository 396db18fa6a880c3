using System.Collections.Concurrent;

namespace SecKill.Gateway.Claims;

/// <summary>
/// What a gateway knows of one coupon: the refusal lease, its silo, the counts. Claims go to the channel of the coupon's silo. If the silo is
/// not known, or the last reply told of trouble, this channel calls the coupon's grain by itself, so that the coupon delays no other.
/// </summary>
internal sealed class CouponChannel(CouponId coupon, ClaimChannels channels) : ClaimChannel(channels)
{
    // More than are answered at a time.
    private const int MaxPlaces = 50_000;

    // In bounds as ticks of any clock.
    private static readonly TimeSpan _farthest = TimeSpan.FromDays(365);

    private readonly CouponId _coupon = coupon;
    private volatile Lease? _lease;

    // Of customers whose claims are about to be answered; some longer, for others of their claims. The earlier ones until there are as many
    // later ones.
    private volatile ConcurrentDictionary<string, long>? _places;
    private volatile ConcurrentDictionary<string, long>? _earlierPlaces;

    // The latest that was received: kept without a lease too, so that the next one needs only the names that came since.
    private volatile OwnerFilter? _filter;
    private volatile SiloChannel? _silo;
    private volatile string? _lastSilo;
    private int _waiting;
    private long _start;

    /// <summary>The coupon's <see cref="CouponId.Key"/>.</summary>
    public string Key { get; } = coupon.Key;

    /// <summary>The answers given since the last report.</summary>
    public OutcomeCounts Counts { get; } = new();

    /// <summary>The silo that answered last, in trouble or not; null if there is none, or it is gone.</summary>
    public string? LastSilo => _lastSilo;

    /// <summary>What the lease allows to answer this user without a call; null if nothing.</summary>
    public ClaimOutcome? RefusalFor(string customer) => _lease is { } lease && Holds(lease) && !lease.Filter.MayContain(customer) ? lease.Reason : null;

    /// <summary>Whether the lease allows to answer this user without a call that the waiting list is full.</summary>
    public bool IsFullFor(string customer) => _lease is { } lease && HoldsForJoins(lease) && !lease.Filter.MayContain(customer);

    /// <summary>How long it is until the start of the sale, as last heard; zero where it has begun. Never too long, by this gateway's own clock.</summary>
    public TimeSpan StartsIn
    {
        get
        {
            var rest = Volatile.Read(ref _start) is > 0 and var start ? Channels.Clock.GetElapsedTime(Channels.Clock.GetTimestamp(), start) : TimeSpan.Zero;
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }

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
        !(_lease is { } lease && (Holds(lease) || HoldsForJoins(lease)))
        && Volatile.Read(ref _waiting) == 0
        && !(Channels.AreCountsReported && _lastSilo is not null && Counts.HasAny)
        && base.TryClose();

    /// <summary>Takes over which of a batch's claimants wait, and where. Before they are answered.</summary>
    public void LearnPlaces(ClaimReply reply, IReadOnlyList<string> users)
    {
        if (reply.Places is not { } places)
            return;
        var known = _places;
        if (known is null || known.Count >= MaxPlaces)
            (_earlierPlaces, _places) = (known, known = new ConcurrentDictionary<string, long>(concurrencyLevel: 1, capacity: users.Count));
        for (int i = 0, next = 0; i < users.Count && next < places.Length; i++)
        {
            if (reply.Outcomes[i] == ClaimOutcome.Waiting)
                known[users[i]] = places[next++];
        }
    }

    /// <inheritdoc cref="ClaimChannels.PlaceOf"/>
    public long? PlaceOf(string customer) =>
        _places is { } places && (places.TryGetValue(customer, out var place) || _earlierPlaces?.TryGetValue(customer, out place) == true) ? place : null;

    /// <summary>The stamp of the filter that was received last.</summary>
    public FilterStamp? KnownStamp => _filter?.Stamp;

    /// <summary>The claims of users, as they are sent.</summary>
    public CouponClaims Batch(string[] users) => new(Key, new ClaimBatch(users, KnownStamp, Channels.Stops.Covers(_coupon)));

    /// <summary>Takes over what a reply says of the coupon.</summary>
    /// <param name="sent">When the call was sent: lease and start count from then, since the reply may have been under way for long.</param>
    public void Learn(ClaimReply reply, long sent)
    {
        var start = reply.Refusal?.StartsIn is { } startsIn ? sent + (long)((startsIn < _farthest ? startsIn : _farthest).TotalSeconds * Channels.Clock.TimestampFrequency) : 0;
        if (_start != start)
            Volatile.Write(ref _start, start);
        if (reply.Silo is not null)
            _lastSilo = reply.Silo;
        _silo = reply.Outcomes.AsSpan().ContainsAny(ClaimOutcome.Undecided, ClaimOutcome.NoSuchCoupon) ? null
            : reply.Silo is { } silo ? Channels.ToSilo(silo)
            : _silo;
        Take(reply.Refusal, sent);
    }

    /// <summary>Takes over the lease of a reply to joins; a call that was sent then.</summary>
    public void Learn(RefusalLease granted, long sent)
    {
        MarkUsed();
        Take(granted, sent);
    }

    /// <summary>Forgets a silo that is gone, unless another one has answered since.</summary>
    public void Forget(string silo)
    {
        var last = _lastSilo;
        if (last == silo)
            Interlocked.CompareExchange(ref _lastSilo, null, last);
    }

    protected override async Task<ClaimReply[]> CallAsync(CouponClaims[] claims) => [await AskGrainAsync(claims[0])];

    /// <summary>The lease's filter, by the one that was received before. Another reply may have changed that since the silo was told of it.</summary>
    private OwnerFilter? Known(RefusalLease granted) => _filter is not { } filter ? null
        : filter.Stamp == granted.Stamp ? filter
        : granted.Added is { } added && filter.Stamp == granted.AddedTo ? filter.With(granted.Stamp, added)
        : null;

    private void Take(RefusalLease? lease, long sent)
    {
        if (lease is { } granted && (granted.Filter ?? Known(granted)) is { } filter)
            (_filter, _lease) = (filter, new Lease(granted.Reason, filter, sent, granted.Duration, granted.FullFor));
        else
            _lease = null;
    }

    private bool Holds(Lease lease) => Channels.Clock.GetElapsedTime(lease.Since) < lease.Duration;

    private bool HoldsForJoins(Lease lease) => lease.FullFor > TimeSpan.Zero && Channels.Clock.GetElapsedTime(lease.Since) < lease.FullFor;

    private sealed record Lease(ClaimOutcome Reason, OwnerFilter Filter, long Since, TimeSpan Duration, TimeSpan FullFor);
}
