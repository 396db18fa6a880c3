using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Redemptions;
using SecKill.Grains.Interfaces.Stops;
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
    /// <param name="request">Noted with it, if it has a key.</param>
    /// <returns>Its row, or null where the seller has one of that name, or has used the request's key.</returns>
    Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null, RequestMark? request = null);

    /// <summary>Finds a coupon, or null; with its claims counted at the same moment if wanted.</summary>
    Task<LedgerCoupon?> FindAsync(CouponId id, bool countsClaims = false);

    /// <summary>The coupons of some sellers, in creation order.</summary>
    /// <param name="sellers">1 to 1000 names, none twice.</param>
    Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers);

    /// <summary>The claims of some customers, returned ones too.</summary>
    /// <param name="users">1 to 1000 names, none twice.</param>
    Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users);

    /// <summary>Coupons of which the ledger knows unclaimed units, and those that have a waiting list, newest first, from below an id on.</summary>
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
    /// Writes joins and leaves from the waitlog, atomically, and moves its position, if epoch and position are the expected ones. Who has a
    /// claim by then is noted as served.
    /// </summary>
    Task<WaitResult> DrainWaitlogAsync(WaitBatch batch);

    /// <summary>
    /// The customers of a coupon's waiting list, those too who left it or were served, whose names follow a given one, in the database's order.
    /// </summary>
    Task<IReadOnlyList<LedgerWait>> WaitsAsync(LedgerKey coupon, string after, int count);

    /// <summary>Those of some customers, 1 to 1000 and none twice, who ever joined the waiting list.</summary>
    Task<IReadOnlyList<LedgerWait>> WaitsOfAsync(LedgerKey coupon, IReadOnlyList<string> users);

    /// <summary>
    /// Changes a coupon's terms, if its version is the one that was read, and gives them the next version. A transaction that was given up
    /// and commits late fails by the version that another one has moved; if none has, it is what was asked for.
    /// </summary>
    Task<ChangeResult> ChangeAsync(TermsChange change);

    /// <summary>
    /// Gives back units, atomically: notes on their claims that they are returned, raises left and returned of their coupons, and adds the events. A
    /// claim that is returned stays so for ever. A return that was given up and is committed late is what was asked for.
    /// </summary>
    /// <returns>One result a return, in order.</returns>
    Task<IReadOnlyList<ReturnResult>> ReturnAsync(IReadOnlyList<ClaimReturn> returns);

    /// <summary>The returns of a coupon whose events precede a number, the latest first.</summary>
    Task<IReadOnlyList<(long No, string User)>> ReturnsBeforeAsync(LedgerKey coupon, long before, int count);

    /// <summary>
    /// Puts back returns that Redis knows and the ledger has lost, with their claims where it has lost these too, if the coupon is in that epoch.
    /// Redemptions of such units since are taken back, and each is kept as a conflict: the unit may have been sold again.
    /// </summary>
    /// <returns>The row as it is then; null where it is in another epoch.</returns>
    Task<LedgerCoupon?> PutBackReturnsAsync(LedgerKey coupon, long epoch, IReadOnlyList<string> users);

    /// <summary>Finds the request of a caller that took effect under a key, or null.</summary>
    Task<LedgerRequest?> FindRequestAsync(string caller, string key);

    /// <summary>Notes a request that found the coupon as it asked for, if the version still is the one that was read.</summary>
    /// <remarks>Waits for a transaction under way that changes the coupon, even one whose commit its caller has given up.</remarks>
    /// <returns>False where it is not, or the caller has used the key.</returns>
    Task<bool> NoteRequestAsync(LedgerKey coupon, long readVersion, RequestMark? request);

    /// <summary>Whether a coupon's terms have a version, after any transaction under way that changes them.</summary>
    Task<bool> HasVersionAsync(LedgerKey coupon, long version);

    /// <summary>The changes of a coupon's terms whose numbers follow a given one, in order.</summary>
    Task<IReadOnlyList<LedgerOperation>> OperationsAsync(LedgerKey coupon, long after, int count);

    /// <summary>What operators have stopped.</summary>
    Task<IReadOnlyList<SaleStop>> StopsAsync();

    /// <summary>Sets or lifts an operators' stop, and records who did it.</summary>
    /// <returns>False where it was so already.</returns>
    Task<bool> SetStopAsync(SaleStop which, bool isStopped, string actor);

    /// <summary>Puts back terms of a later version, which Redis knows and the ledger has lost.</summary>
    /// <returns>False where the ledger has these or later ones, no such row, or more claims than that amount.</returns>
    Task<bool> PutBackTermsAsync(LedgerKey coupon, long version, StockTerms terms);

    /// <summary>
    /// Notes the edges of a coupon's window that its stock has seen, in microseconds since 1970, unless it has them. They are no terms, so
    /// the version stays; but under another one than they were seen in they may be void.
    /// </summary>
    /// <returns>False where the terms have another version, or there is no such row.</returns>
    Task<bool> LatchAsync(LedgerKey coupon, long version, long? openedAt, long? endedAt);

    /// <summary>The claims of a coupon that follow a number, in the order of their numbers; of one customer if the query says so.</summary>
    /// <exception cref="UnavailableException">Or there is no such row any more.</exception>
    Task<IReadOnlyList<FeedClaim>> ClaimsAfterAsync(FeedQuery query);

    /// <summary>The events of a coupon that follow a number, its claims among them, in the order of their numbers.</summary>
    /// <exception cref="UnavailableException">Or there is no such row any more.</exception>
    Task<IReadOnlyList<FeedEvent>> EventsAfterAsync(FeedQuery query);

    /// <summary>A coupon with what its claims tell of the sale, all of one moment; null if there is none.</summary>
    Task<LedgerSale?> CountUpAsync(LedgerKey coupon);

    /// <summary>The claims of a customer, returned ones too, in the order of the coupons' row ids, from above one on.</summary>
    Task<IReadOnlyList<(long Row, CustomerClaim Claim)>> ClaimsOfCustomerAsync(string username, long after, int count);

    /// <summary>The coupons for which a customer waits, and since when, newest first.</summary>
    Task<IReadOnlyList<CustomerClaim>> WaitsOfCustomerAsync(string username, int count);

    /// <summary>The coupons of a seller in creation order, from above a row id on.</summary>
    Task<IReadOnlyList<LedgerCoupon>> CouponsAfterAsync(string seller, long after, int count);

    /// <summary>How many numbers of a coupon's feed are given twice, or later than the last one given. Reads all its claims.</summary>
    Task<long> CountWrongNumbersAsync(LedgerKey coupon);

    /// <summary>How many units of a coupon are both redeemed and returned, or are counted otherwise than they are, and how many codes have no claim. Reads all its claims.</summary>
    Task<long> CountWrongRedemptionsAsync(LedgerKey coupon);

    /// <summary>A customer's claim with the code of its receipt, which it gets now if it has none; null if there is no such row.</summary>
    Task<LedgerReceipt?> ReceiptAsync(LedgerKey coupon, string username);

    /// <summary>
    /// Redeems units by their codes, in order and in one transaction: of many tills one succeeds, and none if the unit was returned. Of a
    /// repeat that has the key of one that took effect, the reply is the first one's.
    /// </summary>
    /// <returns>One reply each, in order.</returns>
    Task<IReadOnlyList<RedemptionReply>> RedeemAsync(IReadOnlyList<Redemption> wanted);

    /// <summary>Takes a redemption back, if it is younger than the time for that by the database's clock.</summary>
    Task<RedemptionReply> UndoRedemptionAsync(string code, TimeSpan within, RequestMark by);

    /// <summary>What tills let pass that they should not have, of one coupon, after a number.</summary>
    /// <exception cref="UnavailableException">Or there is no such row any more.</exception>
    Task<IReadOnlyList<RedemptionConflict>> ConflictsAfterAsync(FeedQuery query);

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
/// <param name="OpenedAt">When the stock saw the start of the window, in microseconds since 1970; null where it is not known to have.</param>
/// <param name="EndedAt">When the stock saw the end of the window; null where it is not known to have.</param>
/// <param name="PausedAt">Since when the seller has paused the sale; null while it is not paused.</param>
/// <param name="PausedReason">The seller's reason for that.</param>
/// <param name="Joins">How many joins of the waiting list were drained.</param>
/// <param name="Leaves">How many leaves of it were drained.</param>
/// <param name="Redeemed">How many units were used.</param>
public sealed record LedgerCoupon(
    LedgerKey Key, CouponId Id, CouponTerms Terms, int Left, long Drained, long Epoch, long Version = 0, long Returned = 0, long? Claims = null,
    long? Given = null, long? OpenedAt = null, long? EndedAt = null, long? PausedAt = null, string? PausedReason = null,
    long Joins = 0, long Leaves = 0, long Redeemed = 0)
{
    /// <summary>The row's id.</summary>
    public long LedgerId => Key.Id;

    /// <summary>The edges of the window that the ledger knows to be seen.</summary>
    internal WindowLatches Latches => new(OpenedAt, EndedAt);

    /// <summary>Counted claims whose customers own a unit; null if not counted.</summary>
    public long? Kept => Claims - Given;
}

/// <summary>A coupon with what its claims tell of the sale; times in microseconds since 1970, null where there is no claim.</summary>
/// <param name="Coupon">Its row.</param>
/// <param name="FirstClaimAt">When the first of its claims was won, by their numbers.</param>
/// <param name="LastClaimAt">When the last was won, by their numbers.</param>
/// <param name="AmountChangedAt">When its amount was last changed.</param>
/// <param name="Waiting">How many customers wait.</param>
public sealed record LedgerSale(LedgerCoupon Coupon, long? FirstClaimAt, long? LastClaimAt, long? AmountChangedAt, long Waiting = 0);

/// <summary>A claim and its receipt; times in microseconds since 1970.</summary>
/// <param name="Code">The text of its code; null where the unit was returned before it had one.</param>
/// <param name="ClaimedAt">When it was won.</param>
/// <param name="ReturnedAt">When the unit was given back; null while it is not.</param>
/// <param name="RedeemedAt">When the unit was used; null while it is not.</param>
public sealed record LedgerReceipt(string? Code, long ClaimedAt, long? ReturnedAt, long? RedeemedAt);

/// <summary>A claim of a customer; its time in microseconds since 1970.</summary>
public readonly record struct LedgerClaim(string User, CouponId Coupon, long Micros, bool IsReturned = false);

/// <summary>A unit that its owner gives back.</summary>
/// <param name="Coupon">Of which coupon.</param>
/// <param name="Epoch">The epoch in which its stock was read.</param>
/// <param name="User">The owner.</param>
/// <param name="At">When, by the clock of the stock, in microseconds since 1970.</param>
public readonly record struct ClaimReturn(LedgerKey Coupon, long Epoch, string User, long At);

/// <summary>What became of a <see cref="ClaimReturn"/>.</summary>
public enum ReturnResult
{
    /// <summary>The unit was given back.</summary>
    Done,

    /// <summary>It had been given back before.</summary>
    Before,

    /// <summary>The ledger has no such claim.</summary>
    NoClaim,

    /// <summary>The coupon takes no returns.</summary>
    NotAllowed,

    /// <summary>It takes none any more.</summary>
    TooLate,

    /// <summary>The unit was redeemed.</summary>
    Redeemed,

    /// <summary>A new epoch has begun since, or there is no such row any more.</summary>
    Overtaken,
}

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
/// <param name="Terms">Window and pause as they shall be; null where they stay.</param>
/// <param name="Operation">How it is recorded; null where the version alone is moved.</param>
/// <param name="Request">The request, noted with it if it has a key; a key that the caller has used makes the change fail.</param>
public sealed record TermsChange(
    LedgerKey Coupon, long ReadVersion, long? ReadEpoch = null, int AmountBy = 0, SaleTerms? Terms = null, Operation? Operation = null,
    RequestMark? Request = null);

/// <summary>A coupon's window and pause; times in microseconds since 1970, null for none.</summary>
/// <param name="StartsAt">When it goes on sale.</param>
/// <param name="EndsAt">When its sale ends.</param>
/// <param name="PausedAt">Since when its seller has it paused.</param>
/// <param name="PausedReason">The seller's words.</param>
/// <param name="ClearsOpened">Whether it counts as not begun again.</param>
/// <param name="ClearsEnded">Whether it counts as not ended again.</param>
/// <param name="EndedAt">When it was ended by this change; null if it was not.</param>
public sealed record SaleTerms(
    long? StartsAt, long? EndsAt, long? PausedAt, string? PausedReason, bool ClearsOpened = false, bool ClearsEnded = false, long? EndedAt = null);

/// <summary>A change as it is recorded.</summary>
/// <param name="Actor">Who made it.</param>
/// <param name="Action">In a word.</param>
/// <param name="Before">What it changed, as JSON.</param>
/// <param name="After">And to what.</param>
/// <param name="Request">The request's key, if it had one.</param>
/// <param name="At">When, by the clock of the stock, in microseconds since 1970; null for the time at which it is written.</param>
public sealed record Operation(string Actor, string Action, string Before, string After, string? Request, long? At = null);

/// <summary>A recorded change; <paramref name="No"/> is the version that it led to, <paramref name="At"/> in microseconds since 1970.</summary>
public sealed record LedgerOperation(long No, long At, string Actor, string Action, string Before, string After, string? Request);

/// <summary>A request that took effect.</summary>
/// <param name="Content">The hash of what it asked for.</param>
/// <param name="At">When, in microseconds since 1970; of a redemption by the database's clock.</param>
public sealed record LedgerRequest(byte[] Content, long At)
{
    /// <summary>Whether a request of the same key is a repeat of it.</summary>
    public bool IsRepeatedBy(RequestMark request) => Content.AsSpan().SequenceEqual(request.Hash);
}

/// <summary>The terms of a coupon that can change, as its stock in Redis has them.</summary>
/// <param name="Amount">Units in all.</param>
/// <param name="StartsAt">The first moment of the sale, in microseconds since 1970; null for none.</param>
/// <param name="EndsAt">The first moment after the sale; null for none.</param>
/// <param name="OpenedAt">When it saw the start; null where it has not.</param>
/// <param name="EndedAt">When it saw the end; null where it has not.</param>
/// <param name="IsPaused">Whether the sale is paused.</param>
public sealed record StockTerms(int Amount, long? StartsAt, long? EndsAt, long? OpenedAt, long? EndedAt, bool IsPaused)
{
    /// <summary>Those of the ledger's row.</summary>
    public static StockTerms Of(LedgerCoupon row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new StockTerms(row.Terms.Amount, row.Terms.StartsAt, row.Terms.EndsAt, row.OpenedAt, row.EndedAt, row.PausedAt is not null);
    }
}

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
    public string Before => Of(Protocol.Before);

    /// <summary>Whether a program of an earlier protocol number wrote this mark of the same deployment.</summary>
    public bool IsEarlier(string mark) => Enumerable.Range(1, Protocol.Number - 1).Any(number => mark == Of(number));

    private string Of(int number) => number == 1 ? $"{Id} {ServiceId}" : $"{Id} {ServiceId} {Protocol.Sign}{number}";
}
