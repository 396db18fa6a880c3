namespace SecKill.Grains.Claims;

/// <summary>
/// Holds two things: the units left of a coupon, and leases on it once it is sold out. For a short time after Redis reported that, claimants known to own
/// nothing are refused without asking Redis, here and at the gateways. Changes are made under <c>gate</c>, the lock of the sale; reads
/// take it themselves. The owners are read once per sell-out, on the pool.
/// </summary>
internal sealed class SoldOutLeases(TimeSpan duration, TimeProvider time, Func<Task<List<string>>> readOwners, Lock gate)
{
    private const int Unknown = int.MaxValue;

    private volatile int _left = Unknown;
    private long _until;
    private object? _build;
    private OwnerFilter? _owners;

    /// <summary>The units left, as last heard from Redis; 0 where that is not known.</summary>
    public int Left => _left is var left and not Unknown ? left : 0;

    /// <summary>Redis reported the units left. Within an epoch they only become fewer, so reports may come in any order.</summary>
    public void NoteLeft(int left) => _left = Math.Min(_left, left);

    /// <summary>Redis decided: so many units are left and so many owners there are. A lease begins when Redis was asked.</summary>
    public void NoteDecision(int left, long asked, long owners)
    {
        NoteLeft(left);
        if (left > 0)
            Withdraw();
        else
            Extend(asked, owners);
    }

    /// <summary>Stops granting leases: the coupon may have units again.</summary>
    public void Withdraw() => (_owners, _until, _build) = (null, 0, null);

    /// <summary>A new epoch has begun, which may have brought units back.</summary>
    public void StartEpoch()
    {
        _left = Unknown;
        Withdraw();
    }

    /// <summary>A lease to refuse a batch with, where all its claimants surely own nothing and the coupon is sold out.</summary>
    public SoldOutLease? TryRefuse(ClaimBatch batch)
    {
        if (_left > 0)
            return null;
        OwnerFilter? owners;
        SoldOutLease? lease;
        lock (gate)
            (owners, lease) = (_owners, Rest(batch.KnownOwners));
        return lease is null || Array.Exists(batch.Users, owners!.MayContain) ? null : lease;
    }

    /// <summary>The rest of the lease, for a receiver that knows the filter of this id; or null where there is none to grant.</summary>
    public SoldOutLease? For(string? known)
    {
        if (_left > 0)
            return null;
        lock (gate)
            return Rest(known);
    }

    private SoldOutLease? Rest(string? known)
    {
        if (_owners is not { } owners)
            return null;
        var rest = time.GetElapsedTime(time.GetTimestamp(), _until);
        return rest > TimeSpan.Zero ? new SoldOutLease(rest, owners.Id, owners.Id == known ? null : owners) : null;
    }

    private void Extend(long asked, long owners)
    {
        _until = Math.Max(_until, asked + (long)(duration.TotalSeconds * time.TimestampFrequency));
        if (_owners is not null || _build is not null)
            return;
        var build = _build = new object();
        _ = Task.Run(() => BuildAsync(build, owners));
    }

    private async Task BuildAsync(object build, long count)
    {
        OwnerFilter? filter = null;
        try
        {
            // Distinct: a scan may return one twice. Fewer than there are: Redis was replaced meanwhile.
            var owners = (await readOwners()).ToHashSet();
            if (owners.Count == count)
                filter = new OwnerFilter(Guid.NewGuid().ToString("N"), owners);
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
                    (_owners, _build) = (filter, null);
            }
        }
    }
}
