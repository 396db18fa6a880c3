using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Ledger;

/// <summary>
/// Coupons and claims in SQL, the record for ever. Creation adds coupons, the outbox relay (drain) claims; a rebuild begins epochs.
/// Every method throws <see cref="UnavailableException"/> where the database does not answer.
/// </summary>
public interface ILedger
{
    /// <summary>Creates the schema, or upgrades it to this version. Several silos may do it at once.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="crossing">
    /// Awaited before anything of a database is changed that belongs to programs of an earlier <see cref="Protocol"/> number: makes sure that
    /// none of them runs.
    /// </param>
    /// <exception cref="NotSupportedException">A newer version of this program has written it.</exception>
    Task PrepareAsync(CancellationToken cancellation, Func<Task>? crossing = null);

    /// <summary>Checks that the database is of programs of this <see cref="Protocol"/> number; changes nothing.</summary>
    /// <exception cref="NotSupportedException">It is not.</exception>
    Task<bool> CheckProtocolAsync();

    /// <summary>Finds a coupon that uses what programs of the <see cref="Protocol"/> number before this one do not know.</summary>
    Task<CouponId?> FindUserOfFeaturesAsync();

    /// <summary>Gives the database back to programs of the <see cref="Protocol"/> number before. Nothing is dropped: the next upgrade goes on.</summary>
    Task<bool> RollBackAsync();

    /// <summary>Answers whether the database answers and takes writes. Nothing is written, so that a full disk does not show.</summary>
    Task PingAsync(CancellationToken cancellation);

    /// <summary>Reads the deployment's mark; writes it for a service where there is none yet.</summary>
    Task<DeploymentMark> MarkAsync(string serviceId);

    /// <summary>Reads the deployment's mark, or null while there is none.</summary>
    Task<DeploymentMark?> FindMarkAsync();

    /// <summary>Adds a coupon; with an identity, one that the ledger has lost and gets back.</summary>
    /// <returns>Its row, or null where the seller has one of that name.</returns>
    Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null);

    /// <summary>Finds a coupon, or null; with its claims counted at the same moment if wanted.</summary>
    Task<LedgerCoupon?> FindAsync(CouponId id, bool countsClaims = false);

    /// <summary>The coupons of some sellers, in creation order.</summary>
    /// <param name="sellers">1 to 1000 names, none twice.</param>
    Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers);

    /// <summary>The claims of some customers.</summary>
    /// <param name="users">1 to 1000 names, none twice.</param>
    Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users);

    /// <summary>Coupons of which the ledger knows unclaimed units, newest first, from below an id on.</summary>
    Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count);

    /// <summary>Coupons, newest first, from below an id on; with their claims counted if wanted.</summary>
    Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(long belowId, int count, bool countsClaims = false);

    /// <summary>
    /// Begins a coupon's next epoch: from now on no relay that read the outbox in an earlier epoch can commit. Position and units left are
    /// set from the existing rows. The new epoch is later than the one seen, the latest that Redis or a silo knows, even if the ledger was
    /// rolled back.
    /// </summary>
    /// <returns>The coupon with its new epoch; null if there is none.</returns>
    /// <exception cref="UnavailableException">Or it has more claims than units; nothing was changed.</exception>
    Task<LedgerCoupon?> BeginEpochAsync(CouponId id, long seen);

    /// <summary>
    /// The customers of a coupon's claims, returned ones too, whose names follow a given one, in the database's order; none where there is
    /// no such row.
    /// </summary>
    Task<IReadOnlyList<LedgerOwner>> OwnersAsync(LedgerKey coupon, string after, int count);

    /// <summary>Whether all of these customers, 1 to 1000 and none twice, own the coupon.</summary>
    Task<bool> HasAllAsync(LedgerKey coupon, IReadOnlyList<string> users);

    /// <summary>
    /// Writes claims from the outbox, atomically per coupon: inserts them, lowers left by the rows actually inserted, and moves the
    /// position, if epoch and position are the expected ones.
    /// </summary>
    /// <returns>One result per batch, in order.</returns>
    Task<IReadOnlyList<DrainResult>> DrainAsync(IReadOnlyList<DrainBatch> batches);

    /// <summary>
    /// Changes a coupon's terms, if its version is the one that was read, and gives them the next version. A transaction that was given up
    /// and commits late fails by the version that another one has moved; if none has, it is what was asked for.
    /// </summary>
    Task<ChangeResult> ChangeAsync(TermsChange change);

    /// <summary>Puts back terms of a later version, which Redis knows and the ledger has lost.</summary>
    /// <returns>False where the ledger has these or later ones, no such row, or more claims than that amount.</returns>
    Task<bool> PutBackTermsAsync(LedgerKey coupon, long version, int amount);

    /// <summary>Renames an account that an older version stored under the number parsed from its user name.</summary>
    /// <returns>False where there is none, or no more.</returns>
    Task<bool> NameAccountAsync(string username);
}

/// <summary>One row of the table coupons and no other, ever.</summary>
/// <param name="Id">Its id. A database that fell back to an earlier state gives it to another coupon.</param>
/// <param name="Identity">Random, so that it does not come back.</param>
public readonly record struct LedgerKey(long Id, long Identity);

/// <summary>A row of the table coupons.</summary>
/// <param name="Key">Which row; the id grows with creation.</param>
/// <param name="Id">Seller and name.</param>
/// <param name="Terms">What the seller fixed.</param>
/// <param name="Left">Units for which the ledger has no claim yet.</param>
/// <param name="Drained">How many outbox entries of this epoch and before were consumed.</param>
/// <param name="Epoch">
/// Of the stock in Redis: 0 until it is first rebuilt, then when that was, in microseconds since 1970, or one more than the
/// epoch before where the clock is behind that. Grows also where the ledger has fallen back.
/// </param>
/// <param name="Version">Of the terms; 0 until they change.</param>
/// <param name="Returned">How many claims were returned.</param>
/// <param name="Claims">Rows of the table claims; null if not counted.</param>
/// <param name="Given">Those of them that were returned; null if not counted.</param>
public sealed record LedgerCoupon(
    LedgerKey Key, CouponId Id, CouponTerms Terms, int Left, long Drained, long Epoch, long Version = 0, long Returned = 0, long? Claims = null,
    long? Given = null)
{
    /// <summary>The row's id.</summary>
    public long LedgerId => Key.Id;

    /// <summary>Counted claims whose customers own a unit; null if not counted.</summary>
    public long? Kept => Claims - Given;
}

/// <summary>A claim of a customer; its time in microseconds since 1970.</summary>
public readonly record struct LedgerClaim(string User, CouponId Coupon, long Micros);

/// <summary>
/// Outbox entries of one coupon on their way into the ledger, 1 to 1000, no customer twice; the epoch in which the outbox was read, and
/// the position of the first entry.
/// </summary>
public sealed record DrainBatch(LedgerKey Coupon, long Epoch, long Position, IReadOnlyList<OutboxEntry> Entries);

/// <summary>What became of a <see cref="DrainBatch"/>.</summary>
/// <param name="Committed">Whether it was written; if not, another writer was first, a new epoch began, or there are more claims than units.</param>
/// <param name="Inserted">How many rows were new; fewer than entries means that outbox and ledger had diverged.</param>
/// <param name="Epoch">If not committed: the ledger's epoch; −1 where it has no such coupon.</param>
/// <param name="Drained">If not committed: the ledger's position; −1 where it has no such coupon.</param>
/// <param name="Version">If committed: the version of the ledger's terms.</param>
/// <param name="Returned">If committed: how many claims of the ledger were returned.</param>
public readonly record struct DrainResult(bool Committed, int Inserted, long Epoch, long Drained, long Version = 0, long Returned = 0);

/// <summary>A change of a coupon's terms.</summary>
/// <param name="Coupon">Which row.</param>
/// <param name="ReadVersion">The version that was read.</param>
/// <param name="ReadEpoch">The epoch in which units were set aside for it; null where none were.</param>
/// <param name="AmountBy">How many units are added, or taken if negative; 0 moves the version alone.</param>
public sealed record TermsChange(LedgerKey Coupon, long ReadVersion, long? ReadEpoch = null, int AmountBy = 0);

/// <summary>What became of a <see cref="TermsChange"/>.</summary>
/// <param name="Committed">Whether it was written.</param>
/// <param name="Row">The row as it is now; null if there is none.</param>
public readonly record struct ChangeResult(bool Committed, LedgerCoupon? Row);

/// <summary>A claim's customer, by the ledger.</summary>
/// <param name="User">The name.</param>
/// <param name="IsReturned">Whether the unit was given back.</param>
public readonly record struct LedgerOwner(string User, bool IsReturned);

/// <summary>Identifies a deployment's stores: the ledger and its Redis hold it from the first start on.</summary>
/// <param name="Id">Random.</param>
/// <param name="ServiceId">The setting <c>Cluster:ServiceId</c>.</param>
public sealed record DeploymentMark(string Id, string ServiceId)
{
    /// <summary>As it stands in Redis.</summary>
    public override string ToString() => Of(Protocol.Number);

    /// <summary>As programs of the protocol number before this one write it.</summary>
    public string Before => Of(Protocol.Number - 1);

    /// <summary>Whether a program of an earlier protocol number wrote this mark of the same deployment.</summary>
    public bool IsEarlier(string mark) => Enumerable.Range(1, Protocol.Number - 1).Any(number => mark == Of(number));

    private string Of(int number) => number == 1 ? $"{Id} {ServiceId}" : $"{Id} {ServiceId} {Protocol.Sign}{number}";
}
