using SecKill.Grains.Interfaces.Batching;

namespace SecKill.Grains.Ledger;

/// <summary>
/// The silo's one writer of drained claims: while a transaction is under way, the batches of all coupons gather for the
/// next (group commit).
/// </summary>
public sealed class LedgerWriter
{
    // A transaction's worth: measured, more rows bring no more speed but longer locks.
    private const int MaxRows = 2_000;
    private const int MaxCoupons = 128;

    private readonly ILedger _ledger;
    private readonly NaturalBatcher<DrainBatch, DrainResult> _batcher;

    /// <summary>Makes the writer.</summary>
    public LedgerWriter(ILedger ledger)
    {
        _ledger = ledger;
        // A grain has one batch on its way at most, so the number waiting is bounded by the activations.
        _batcher = new NaturalBatcher<DrainBatch, DrainResult>(WriteAsync, MaxCoupons, maxWaiting: int.MaxValue);
    }

    /// <inheritdoc cref="ILedger.DrainAsync"/>
    public Task<DrainResult> DrainAsync(DrainBatch batch) => _batcher.Add(batch);

    private async Task<IReadOnlyList<DrainResult>> WriteAsync(IReadOnlyList<DrainBatch> batches)
    {
        var results = new List<DrainResult>(batches.Count);
        for (var first = 0; first < batches.Count;)
        {
            var (count, rows) = (0, 0);
            while (first + count < batches.Count && (count == 0 || rows + batches[first + count].Entries.Count <= MaxRows))
                rows += batches[first + count++].Entries.Count;
            results.AddRange(await _ledger.DrainAsync([.. batches.Skip(first).Take(count)]));
            first += count;
        }
        return results;
    }
}
