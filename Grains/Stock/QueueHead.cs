using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;

namespace SecKill.Grains.Stock;

/// <summary>The head of a coupon's outbox.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Coupon">The coupon's row in the ledger.</param>
/// <param name="Epoch">The outbox's epoch.</param>
/// <param name="Position">Entries drained before the head.</param>
/// <param name="Entries">The first entries; empty if all are drained.</param>
internal readonly record struct QueueHead(StockState State, LedgerKey Coupon, long Epoch, long Position, QueueEntry[] Entries)
{
    /// <summary>What is to be written.</summary>
    public DrainBatch Batch => new(Coupon, Epoch, Position, Entries);
}
