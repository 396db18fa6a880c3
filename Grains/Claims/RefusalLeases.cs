namespace SecKill.Grains.Claims;

/// <summary>
/// The units left of a coupon, and leases on it while Redis refuses all who own nothing: for a short time after such a decision,
/// claimants surely without a unit are refused without asking Redis, here and at the gateways. Changes are made under <c>gate</c>, the
/// lock of the sale; reads take it themselves. The names are scanned on the pool, once per state of the stock: a lease is given only where
/// the decision's stamp is the filter's.
/// </summary>
internal sealed class RefusalLeases(TimeSpan duration, TimeProvider time, Func<Task<OwnerFilter?>> buildFilter, Lock gate)
{
    private const int Unknown = int.MaxValue;

    private volatile int _left = Unknown;
    private ClaimOutcome _reason;
    private long _until;
    private object? _build;
    private OwnerFilter? _filter;

    /// <summary>The units left, as last heard from Redis; 0 where that is not known.</summary>
    public int Left => _left is var left and not Unknown ? left : 0;

    /// <summary>Redis reported the units left. Within an epoch they only become fewer, so reports may come in any order.</summary>
    public void NoteLeft(int left) => _left = Math.Min(_left, left);

    /// <summary>Redis decided. A lease begins when Redis was asked.</summary>
    public void NoteDecision(in ClaimDecision decision, long asked)
    {
        NoteLeft(decision.Left);
        // A reply that was long under way must not cost the filter.
        if (_filter is { } filter && decision.Stamp.IsBefore(filter.Stamp))
            return;
        if (decision.Refusal is not { } reason)
            Withdraw();
        else if (_filter?.Stamp == decision.Stamp)
            (_reason, _until) = (reason, Math.Max(_until, asked + (long)(duration.TotalSeconds * time.TimestampFrequency)));
        else
            Build();
    }

    /// <summary>Stops granting leases: the coupon may have units again.</summary>
    public void Withdraw() => (_filter, _until, _build) = (null, 0, null);

    /// <summary>Other terms were put in, and with them so many units are left.</summary>
    public void StartTerms(int left)
    {
        lock (gate)
        {
            _left = left;
            Withdraw();
        }
    }

    /// <summary>A new epoch has begun, which may have brought units back.</summary>
    public void StartEpoch()
    {
        _left = Unknown;
        Withdraw();
    }

    /// <summary>A lease to refuse a batch with, where all its claimants surely own nothing.</summary>
    public RefusalLease? TryRefuse(ClaimBatch batch)
    {
        if (_left > 0)
            return null;
        OwnerFilter? filter;
        RefusalLease? lease;
        lock (gate)
            (filter, lease) = (_filter, Rest(batch.Known));
        return lease is null || Array.Exists(batch.Users, filter!.MayContain) ? null : lease;
    }

    /// <summary>The rest of the lease, for a receiver that knows the filter of this stamp; or null where there is none to grant.</summary>
    public RefusalLease? For(FilterStamp? known)
    {
        if (_left > 0)
            return null;
        lock (gate)
            return Rest(known);
    }

    private RefusalLease? Rest(FilterStamp? known)
    {
        if (_filter is not { } filter)
            return null;
        var rest = time.GetElapsedTime(time.GetTimestamp(), _until);
        return rest > TimeSpan.Zero ? new RefusalLease(_reason, rest, filter.Stamp, filter.Stamp == known ? null : filter) : null;
    }

    /// <summary>Builds the filter anew, unless that is under way.</summary>
    private void Build()
    {
        (_filter, _until) = (null, 0);
        if (_build is not null)
            return;
        var build = _build = new object();
        _ = Task.Run(() => BuildAsync(build));
    }

    private async Task BuildAsync(object build)
    {
        OwnerFilter? filter = null;
        try
        {
            filter = await buildFilter();
        }
        catch (UnavailableException)
        {
            // Without a filter there is no lease: Redis is asked each time, and the next refusal retries.
        }
        finally
        {
            lock (gate)
            {
                if (_build == build)
                    (_filter, _build) = (filter, null);
            }
        }
    }
}
