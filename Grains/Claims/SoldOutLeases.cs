using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Grains.Claims;

/// <summary>
/// Grants leases on a sold-out coupon: for a short time after Redis reported it, claimants known to own nothing are refused without
/// asking Redis, here and at the gateways. Not thread-safe: the sale that owns it locks.
/// </summary>
/// <param name="duration">How long a lease holds from the moment when Redis was asked.</param>
/// <param name="time">The clock.</param>
/// <param name="readOwners">Reads all owners; called once per sell-out, on the pool.</param>
/// <param name="gate">The lock of the sale.</param>
internal sealed class SoldOutLeases(TimeSpan duration, TimeProvider time, Func<Task<List<string>>> readOwners, Lock gate)
{
    private long _until;
    private object? _build;

    /// <summary>The owners, or null if no lease is granted.</summary>
    public OwnerFilter? Owners { get; private set; }

    /// <summary>Redis reported sold-out.</summary>
    /// <param name="asked">When it was asked, as a timestamp.</param>
    /// <param name="owners">How many owners there are.</param>
    public void Extend(long asked, long owners)
    {
        _until = Math.Max(_until, asked + (long)(duration.TotalSeconds * time.TimestampFrequency));
        if (Owners is not null || _build is not null)
            return;
        var build = _build = new object();
        _ = Task.Run(() => BuildAsync(build, owners));
    }

    /// <summary>Stops granting leases: the coupon may have units again.</summary>
    public void Withdraw() => (Owners, _until, _build) = (null, 0, null);

    /// <summary>The rest of the lease, or null where there is none to grant.</summary>
    /// <param name="known">The id of the filter that the receiver has.</param>
    public SoldOutLease? For(string? known)
    {
        if (Owners is not { } owners)
            return null;
        var rest = time.GetElapsedTime(time.GetTimestamp(), _until);
        return rest > TimeSpan.Zero ? new SoldOutLease(rest, owners.Id, owners.Id == known ? null : owners) : null;
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
                    (Owners, _build) = (filter, null);
            }
        }
    }
}
