namespace SecKill.Grains.Ledger;

/// <summary>A customer of a coupon's waiting list, by the ledger; times in microseconds since 1970.</summary>
/// <param name="User">The customer.</param>
/// <param name="Serial">Where in line; the last one, of a customer who has left and joined again.</param>
/// <param name="JoinedAt">When the customer joined.</param>
/// <param name="LeftAt">When the customer left; null for one who has not.</param>
/// <param name="ServedAt">When the customer got a unit; null for one who has not.</param>
public sealed record LedgerWait(string User, long Serial, long JoinedAt, long? LeftAt, long? ServedAt);

/// <summary>
/// Entries of one coupon's waitlog on their way into the ledger, 1 to 1000; the epoch in which it was read, and the position of the first.
/// </summary>
public sealed record WaitBatch(LedgerKey Coupon, long Epoch, long Position, IReadOnlyList<WaitEntry> Entries);

/// <summary>What became of a <see cref="WaitBatch"/>.</summary>
/// <param name="Committed">Whether it was written; if not, another writer was first, or a new epoch began.</param>
/// <param name="Epoch">The ledger's epoch; −1 where it has no such coupon.</param>
/// <param name="Position">How many entries the ledger has; −1 where it has no such coupon.</param>
public readonly record struct WaitResult(bool Committed, long Epoch, long Position);
