using System.Diagnostics;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Ledger;

/// <summary>
/// The silo's one writer of drained claims: while a transaction is under way, the batches of all coupons gather for the
/// next (group commit).
/// </summary>
public sealed class LedgerWriter
{
    // A transaction's worth: measured, more rows bring no more speed but longer locks.
    private const int MaxRows = 2_000;

    // What a coupon's own row costs, in rows of claims, and so how many coupons a transaction may hold.
    private const int CouponRows = 4;

    private readonly ILedger _ledger;
    private readonly NaturalBatcher<DrainBatch, DrainResult> _batcher;

    /// <summary>Makes the writer.</summary>
    public LedgerWriter(ILedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        _ledger = ledger;
        // A grain has one batch on its way at most, so the number waiting is bounded by the activations.
        _batcher = new NaturalBatcher<DrainBatch, DrainResult>(
            WriteAsync, MaxRows, maxWaiting: int.MaxValue, batch => CouponRows + batch.Entries.Count, name: "ledger transaction");
    }

    /// <inheritdoc cref="ILedger.DrainAsync"/>
    public Task<DrainResult> DrainAsync(DrainBatch batch) => _batcher.Add(batch);

    private async Task<IReadOnlyList<DrainResult>> WriteAsync(IReadOnlyList<DrainBatch> batches)
    {
        var (began, outcome) = (Stopwatch.GetTimestamp(), DrainOutcome.Failed);
        try
        {
            var results = await _ledger.DrainAsync(batches);
            outcome = DrainOutcome.Written;
            SiloMetrics.DrainBatchSize.Record(batches.Sum(batch => batch.Entries.Count));
            return results;
        }
        finally
        {
            SiloMetrics.Wrote(outcome, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
    }
}
