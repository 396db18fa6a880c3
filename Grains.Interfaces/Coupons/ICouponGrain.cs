using SecKill.Grains.Interfaces.Live;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// Owner of one coupon; its key is <see cref="CouponId.Key"/>. It has the claims of all gateways decided by Redis, by script calls of
/// its own or through its silo's <see cref="IClaimBatchGrain"/>, and relays won claims to SQL. It is never the authority: two activations
/// at once stay correct.
/// </summary>
public interface ICouponGrain : IGrainWithStringKey
{
    /// <summary>Creates the coupon: in the ledger, in Redis, and in the seller's list.</summary>
    /// <param name="terms">What it shall be.</param>
    /// <param name="by">Who asks; with a key, a repeat is answered as the first. Null for a request without.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached; whether the coupon exists is not known.</exception>
    [ResponseTimeout("00:00:15")]
    Task<CreateCouponOutcome> Create(CouponTerms terms, RequestMark? by = null);

    /// <summary>Changes the coupon's terms while it sells. Changes are made one after the other.</summary>
    /// <param name="change">What is asked for.</param>
    /// <param name="by">Who asks; with a key, the change takes effect once.</param>
    /// <param name="ifVersion">The version to which the change is bound; null for any.</param>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached; whether it was changed is not known.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<ChangeReply> Change(CouponChange change, RequestMark by, long? ifVersion);

    /// <summary>Gives a customer's unit back, for ever. Safe to repeat.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached; whether it was given back is not known.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
#pragma warning disable CA1716 // The field's word, and no other language implements it.
    Task<ReturnStatus> Return(string customer);
#pragma warning restore CA1716

    /// <summary>The changes of the coupon whose numbers follow a given one, in order.</summary>
    /// <returns>Null where no such coupon exists.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<CouponOperation[]?> Operations(long after, int count);

    /// <summary>Has the claims of a batch decided, in its order. Never throws for want of a server: such claims are undecided.</summary>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:03")]
    Task<ClaimReply> Claim(ClaimBatch batch);

    /// <summary>Puts customers in line for the coupon, in the given order. Never throws for want of a server: such joins are undecided.</summary>
    /// <param name="users">User names, 1 to <see cref="ClaimBatch.MaxUsers"/>.</param>
    /// <param name="known">The stamp of the filter that the caller has, see <see cref="ClaimBatch"/>.</param>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:03")]
    Task<WaitReply> Join(string[] users, FilterStamp? known = null);

    /// <summary>Takes customers out of the line for the coupon.</summary>
    /// <param name="users">User names, 1 to <see cref="ClaimBatch.MaxUsers"/>.</param>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:03")]
    Task<WaitReply> Leave(string[] users);

    /// <summary>Reads a customer's place in line.</summary>
    /// <returns>Null where no such coupon exists.</returns>
    /// <exception cref="UnavailableException">Redis cannot be reached, or the stock is not verified yet.</exception>
    /// <exception cref="TimeoutException">It is being rebuilt.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<WaitingPlace?> Place(string user);

    /// <summary>
    /// Schedules a relay of what is in the outbox by now, and returns once the wake-up, which survives a crash, is scheduled too: for a
    /// caller that knows of a won claim, or cannot rule one out.
    /// </summary>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:06")]
    Task RelaySoon();

    /// <summary>
    /// Makes sure that the coupon's stock in Redis is verified, rebuilding it from the ledger and what survived in Redis if it is not, and
    /// relays the outbox.
    /// </summary>
    /// <returns>False where no such coupon exists.</returns>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<bool> EnsureVerified();

    /// <summary>
    /// As <see cref="EnsureVerified"/>, but also asks the ledger: Redis may hold another coupon of that name, which the ledger has lost, or
    /// terms of before a change that was broken off between the two.
    /// </summary>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<bool> EnsureOfLedger();

    /// <summary>
    /// Rebuilds the coupon's stock in Redis from the ledger and what survived in Redis, even where it is verified, and relays the
    /// outbox. Claims meanwhile wait, or are undecided.
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

    /// <summary>Reads the coupon as it is now, by a script that only reads.</summary>
    /// <inheritdoc cref="Watch"/>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<CouponView?> View();

    /// <summary>Gives the receipt of a customer's unit, with the same code each time. A claim that is not in the ledger yet is to be asked for again.</summary>
    /// <exception cref="UnavailableException">Redis or SQL cannot be reached.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<ReceiptReply> Receipt(UserName customer);
}

/// <summary>The outcome of creating a coupon.</summary>
public enum CreateCouponOutcome : byte
{
    /// <summary>The coupon exists now.</summary>
    Created,

    /// <summary>The seller has a coupon of that name already.</summary>
    Duplicate,

    /// <summary>The seller has used the request's key for something else.</summary>
    OtherContent,

    /// <summary>The sale would be over already, by the clock that decides. Nothing was created.</summary>
    EndIsPast,

    /// <summary>No unit could be returned any more, by that clock. Nothing was created.</summary>
    ReturnUntilIsPast,

    /// <summary>No unit could be redeemed any more, by that clock. Nothing was created.</summary>
    RedeemUntilIsPast,
}

/// <summary>Claims for one coupon that travel together.</summary>
/// <param name="Users">The claimants' user names in order of arrival, 1 to <see cref="MaxUsers"/>.</param>
/// <param name="Known">The stamp of the <see cref="OwnerFilter"/> that the sender holds already, or null.</param>
/// <param name="NoWins">Whether the sender knows that operators have stopped the coupon: owners are told so, and no unit is won.</param>
[GenerateSerializer, Immutable]
public sealed record ClaimBatch([property: Id(0)] string[] Users, [property: Id(1)] FilterStamp? Known, [property: Id(2)] bool NoWins = false)
{
    /// <summary>The most claims in one batch. Lua's unpack allows about 8,000 values; latency argues for far fewer.</summary>
    public const int MaxUsers = 512;
}
