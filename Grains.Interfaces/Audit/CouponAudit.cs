using System.Text.Json.Serialization;

namespace SecKill.Grains.Interfaces.Audit;

/// <summary>Whether Redis, its outbox and the ledger agree about a coupon, and where they do not.</summary>
/// <param name="Coupon">Which coupon.</param>
/// <param name="Verdict">The answer in one word; <see cref="AuditWords.Words"/> says it in sentences.</param>
/// <param name="Stock">What Redis counts; null where it was not asked, or what it holds cannot be read.</param>
/// <param name="Ledger">What the ledger counts; null where it has no such coupon.</param>
/// <param name="Differences">What does not agree.</param>
[GenerateSerializer, Immutable]
public sealed record CouponAudit(
    [property: Id(0)] CouponId Coupon,
    [property: Id(1)] AuditVerdict Verdict,
    [property: Id(2)] StockCounts? Stock,
    [property: Id(3)] LedgerCounts? Ledger,
    [property: Id(4)] AuditDifference[] Differences)
{
    /// <summary>Claims that Redis knows and the ledger does not yet.</summary>
    public long OnTheirWay => Stock is { } stock && Ledger is { } ledger ? Math.Max(0, stock.Positions - ledger.Drained) : 0;
}

/// <summary>What an audit found.</summary>
public enum AuditVerdict : byte
{
    /// <summary>Everything agrees and the outbox is empty.</summary>
    Agrees,

    /// <summary>Everything agrees; some claims are on their way to the ledger.</summary>
    Draining,

    /// <summary>Redis has lost the stock, has not verified it since it was started or promoted, or it is being rebuilt. Nothing is sold from it.</summary>
    NotTrusted,

    /// <summary>Something does not agree.</summary>
    Differs,

    /// <summary>Redis has the coupon and the ledger does not.</summary>
    NotInLedger,

    /// <summary>Neither has it.</summary>
    NoSuchCoupon,

    /// <summary>It was rebuilt, or became another, each time it was looked at; nothing can be said.</summary>
    Unsettled,
}

/// <summary>What Redis counts of a coupon, all at one moment; −1 stands for a number that is not there.</summary>
/// <param name="Condition">What it is good for.</param>
/// <param name="LedgerId">The coupon's id in the ledger.</param>
/// <param name="Epoch">When the stock was last rebuilt.</param>
/// <param name="Amount">Units in all.</param>
/// <param name="Left">Units unclaimed.</param>
/// <param name="Base">Claims that have left the queue.</param>
/// <param name="Owners">Names in the set of owners.</param>
/// <param name="OutboxLength">Entries in the queue.</param>
/// <param name="Identity">Of the ledger's row from which the stock was opened.</param>
/// <param name="Held">Units that a change under way has set aside.</param>
/// <param name="Returned">Names of earlier owners who gave their unit back.</param>
/// <param name="Version">Of the ledger's terms.</param>
/// <param name="Floor">The version below which it may not be opened.</param>
/// <param name="Window">Start, end and pause, to be compared with the ledger's.</param>
/// <param name="Waiting">Names in the waiting list.</param>
/// <param name="WaitBase">Entries that have left the waitlog.</param>
/// <param name="WaitsLogged">Entries that have ever entered the waitlog: joins and leaves.</param>
[GenerateSerializer, Immutable]
public sealed record StockCounts(
    [property: Id(0)] StockState Condition,
    [property: Id(1)] long LedgerId,
    [property: Id(2)] long Epoch,
    [property: Id(3)] long Amount,
    [property: Id(4)] long Left,
    [property: Id(5)] long Base,
    [property: Id(6)] long Owners,
    [property: Id(7), JsonPropertyName("queued")] long OutboxLength,
    [property: Id(8), JsonIgnore] long Identity = -1,
    [property: Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Held = 0,
    [property: Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Returned = 0,
    [property: Id(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Version = 0,
    [property: Id(12), JsonIgnore] long Floor = -1,
    [property: Id(13), JsonIgnore] string Window = "||",
    [property: Id(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Waiting = 0,
    [property: Id(15), JsonIgnore] long WaitBase = 0,
    [property: Id(16), JsonIgnore] long WaitsLogged = 0)
{
    /// <summary>How many claims have ever entered the queue.</summary>
    [JsonIgnore]
    public long Positions => Owners + Returned;
}

/// <summary>What the ledger counts of a coupon, all at one moment.</summary>
/// <param name="LedgerId">The coupon's id.</param>
/// <param name="Epoch">When the stock was last rebuilt.</param>
/// <param name="Amount">Units in all.</param>
/// <param name="Left">Unclaimed units by the coupon's row.</param>
/// <param name="Drained">Written queue entries by the coupon's row.</param>
/// <param name="Claims">Rows of claims.</param>
/// <param name="Identity">Of the coupon's row.</param>
/// <param name="Returned">Those of the rows that were returned.</param>
/// <param name="Version">Of the terms.</param>
[GenerateSerializer, Immutable]
public sealed record LedgerCounts(
    [property: Id(0)] long LedgerId,
    [property: Id(1)] long Epoch,
    [property: Id(2)] long Amount,
    [property: Id(3)] long Left,
    [property: Id(4)] long Drained,
    [property: Id(5)] long Claims,
    [property: Id(6), JsonIgnore] long Identity = -1,
    [property: Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Returned = 0,
    [property: Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Version = 0)
{
    /// <summary>
    /// Whether the ledger contradicts itself: the drained count must equal the claim rows, and amount − left those that are not returned.
    /// </summary>
    [JsonIgnore]
    public bool IsContradictory => Amount - Left != Claims - Returned || Drained != Claims;
}

/// <summary>A difference between the stores.</summary>
/// <param name="Kind">What differs.</param>
/// <param name="Count">How many names it is about; 0 where it is about counts.</param>
/// <param name="Names">The first 20 of them.</param>
[GenerateSerializer, Immutable]
public sealed record AuditDifference(
    [property: Id(0)] AuditDifferenceKind Kind, [property: Id(1)] long Count, [property: Id(2)] string[] Names)
{
    /// <summary>How many names a difference shows.</summary>
    public const int MaxNames = 20;
}

/// <summary>The kinds of differences.</summary>
public enum AuditDifferenceKind : byte
{
    /// <summary>Under the coupon's keys Redis holds something that no script can work with.</summary>
    StockUnreadable,

    /// <summary>
    /// Numbers contradict each other: in Redis (left + held + owners ≠ amount, or base + outbox ≠ owners + returned), in the ledger
    /// (amount − left, drained, claim rows), or the ledger's position is not between the outbox's base read before and the number of
    /// owners and returned read after.
    /// </summary>
    Counts,

    /// <summary>
    /// The stock was opened from another row of the ledger, or has its terms wrong: id, identity or epoch are not the row's, or amount,
    /// window and pause are not although the versions are equal.
    /// </summary>
    Terms,

    /// <summary>Owners in Redis that are neither in the ledger nor in the outbox.</summary>
    OwnersLost,

    /// <summary>Claims in the ledger whose customers are no owners in Redis.</summary>
    ClaimsWithoutOwner,

    /// <summary>Outbox entries that are malformed, without an owner, duplicates, or already in the ledger.</summary>
    Queue,

    /// <summary>Owners, or the seller, whose own list of coupons does not show it although it counts as complete.</summary>
    NotListed,

    /// <summary>The ledger's terms are of another version than those in Redis; the coupon's wake-up puts them in.</summary>
    Version,

    /// <summary>Numbers of the coupon's feed that are given twice, or later than the last one given.</summary>
    Numbers,

    /// <summary>
    /// The ledger has returns that Redis lacks, or Redis has some that the ledger has lost: counts, or the names that are returned in one and
    /// not in the other. The coupon's wake-up puts the former into Redis.
    /// </summary>
    Returns,

    /// <summary>Customers whose own list shows the coupon although they have returned their unit.</summary>
    StillListed,

    /// <summary>Units that the ledger has both as redeemed and as returned, or redeemed ones that its row of the coupon counts otherwise.</summary>
    Redemptions,

    /// <summary>
    /// Customers who wait by one store and not by the other, though neither's log has them; or the ledger's position in the waitlog is not between
    /// those read in Redis before and after.
    /// </summary>
    Line,
}

/// <summary>A page of audits.</summary>
/// <param name="Audits">In descending order of the coupons' ids.</param>
/// <param name="Next">The id below which the next page begins, or 0 after the last.</param>
[GenerateSerializer, Immutable]
public sealed record AuditPage([property: Id(0)] CouponAudit[] Audits, [property: Id(1)] long Next);
