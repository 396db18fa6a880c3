using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Owner of one coupon; its key is <see cref="CouponId.Key"/>. It decides the claims of all gateways by script calls, or lets its silo's
/// <see cref="IClaimBatchGrain"/> do so, and relays won claims to SQL. It is never the authority: two activations at once stay correct,
/// because Redis decides.
/// </summary>
public interface ICouponGrain : IGrainWithStringKey
{
    /// <summary>Creates the coupon: in the ledger, in Redis, and in the seller's list.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached; whether the coupon exists is not known.</exception>
    [ResponseTimeout("00:00:15")]
    Task<CreateCouponOutcome> Create(CouponTerms terms);

    /// <summary>Decides the claims of a batch, in order. Does not throw if a server is down: the claims are then undecided.</summary>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:03")]
    Task<ClaimReply> Claim(ClaimBatch batch);

    /// <summary>Schedules a relay of what is queued by now, and the wake-up that survives a crash.</summary>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:06")]
    Task RelaySoon();

    /// <summary>
    /// Makes sure that the coupon's stock in Redis is verified, rebuilding it from the ledger and what survived in Redis if it is not, and
    /// relays what is queued.
    /// </summary>
    /// <returns>False where no such coupon exists.</returns>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<bool> EnsureVerified();

    /// <summary>
    /// Rebuilds the coupon's stock in Redis from the ledger and what survived in Redis, even where it is verified, and relays what is
    /// queued. Claims meanwhile wait, or are undecided.
    /// </summary>
    /// <returns>False where the ledger has no such coupon; else the coupon is open again.</returns>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:02:00")]
    Task<bool> Rebuild();

    /// <summary>Reads a snapshot of the sale, by a script that only reads.</summary>
    /// <returns>Null where no such coupon exists.</returns>
    /// <exception cref="UnavailableException">Redis cannot be reached, or the stock is not verified yet.</exception>
    /// <exception cref="TimeoutException">It is being rebuilt.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<SaleSnapshot?> Watch();
}

/// <summary>The outcome of creating a coupon.</summary>
public enum CreateCouponOutcome : byte
{
    /// <summary>The coupon exists now.</summary>
    Created,

    /// <summary>The seller has a coupon of that name already.</summary>
    Duplicate,
}

/// <summary>Claims for one coupon that travel together.</summary>
/// <param name="Users">The claimants' user names in order of arrival, 1 to <see cref="MaxUsers"/>.</param>
/// <param name="KnownOwners">The <see cref="OwnerFilter.Id"/> the sender holds already, or null.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimBatch([property: Id(0)] string[] Users, [property: Id(1)] string? KnownOwners)
{
    /// <summary>The most claims in one batch. Lua's unpack allows about 8,000 values; latency argues for far fewer.</summary>
    public const int MaxUsers = 512;
}

/// <summary>The answer to a <see cref="ClaimBatch"/>.</summary>
/// <param name="Outcomes">One outcome a user, in the batch's order.</param>
/// <param name="SoldOut">Where the coupon is sold out: permission to refuse further claims without asking.</param>
/// <param name="Silo">The silo on which the coupon is active, the key of its <see cref="IClaimBatchGrain"/>; null where that is not known.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimReply(
    [property: Id(0)] ClaimOutcome[] Outcomes, [property: Id(1)] SoldOutLease? SoldOut, [property: Id(2)] string? Silo = null)
{
    /// <summary>The reply to a batch that could not be decided.</summary>
    public static ClaimReply Undecided(ClaimBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new ClaimReply(new ClaimOutcome[batch.Users.Length], null);
    }
}

/// <summary>
/// Permission to answer <see cref="ClaimOutcome.SoldOut"/> for a short time to claimants who surely own nothing. Short, so that units
/// that come back (a rebuilt stock) show within the lease.
/// </summary>
/// <param name="Duration">How long the lease holds from its receipt.</param>
/// <param name="FilterId">Which owners' filter it goes with.</param>
/// <param name="Filter">The filter itself, or null where the receiver has it.</param>
[GenerateSerializer, Immutable]
public sealed record SoldOutLease(
    [property: Id(0)] TimeSpan Duration,
    [property: Id(1)] string FilterId,
    [property: Id(2)] OwnerFilter? Filter);
