using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Outbox;

/// <summary>
/// The silo's one writer of relayed claims: while a transaction is under way, the batches of all coupons gather for the next (group
/// commit). Returns of each coupon have transactions of their own, a few at once.
/// </summary>
internal sealed class LedgerWriter : IDisposable
{
    // A transaction's worth: measured, more rows bring no more speed but longer locks.
    private const int MaxRows = 2_000;

    // What a coupon's own row costs, in rows of claims, and so how many coupons a transaction may hold.
    private const int CouponRows = 4;

    // Each takes a connection, and may wait for its coupon's row until the timeout.
    private const int ReturnsAtOnce = 4;

    // A silo that stops waits for its coupons, and each of these for its relay. What SQL does not take within this is for the coupon's
    // next silo.
    private static readonly TimeSpan _lastTimeout = TimeSpan.FromSeconds(2);

    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _lastWrite;
    private readonly CancellationToken _givenUp;
    private readonly ILedger _ledger;
    private readonly TimeProvider _time;
    private readonly NaturalBatcher<DrainBatch, DrainResult> _batcher;
    private readonly SemaphoreSlim _returning = new(ReturnsAtOnce);

    public LedgerWriter(ILedger ledger, IHostApplicationLifetime? host = null, TimeProvider? time = null)
    {
        (_ledger, _time) = (ledger, time ?? TimeProvider.System);
        _stopping = host?.ApplicationStopping ?? CancellationToken.None;
        _lastWrite = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        _givenUp = _lastWrite.Token;
        _stopping.Register(() => _lastWrite.CancelAfter(_lastTimeout));
        // A grain has one batch on its way at most, so the number waiting is bounded by the activations.
        _batcher = new NaturalBatcher<DrainBatch, DrainResult>(
            WriteAsync, MaxRows, maxWaiting: int.MaxValue, batch => CouponRows + batch.Entries.Count, name: "ledger transaction");
    }

    /// <inheritdoc cref="ILedger.DrainAsync"/>
    public Task<DrainResult> DrainAsync(DrainBatch batch) => UntilStoppedAsync(_batcher.Add(batch));

    /// <summary>
    /// As <see cref="ILedger.ReturnAsync"/>, of one coupon: where its row is locked or contradicts itself, the others' returns must not fail.
    /// </summary>
    public async Task<IReadOnlyList<ReturnResult>> ReturnAsync(IReadOnlyList<ClaimReturn> ofOne)
    {
        await _returning.WaitAsync();
        try
        {
            return await UntilStoppedAsync(_ledger.ReturnAsync(ofOne));
        }
        finally
        {
            _returning.Release();
        }
    }

    public void Dispose()
    {
        _lastWrite.Dispose();
        _returning.Dispose();
    }

    private async Task<T> UntilStoppedAsync<T>(Task<T> writing)
    {
        try
        {
            return await (_stopping.IsCancellationRequested ? writing.WaitAsync(_lastTimeout, _time) : writing.WaitAsync(_givenUp));
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException && _stopping.IsCancellationRequested)
        {
            throw new UnavailableException("This silo was told to stop, and SQL has not answered since.");
        }
    }

    private async Task<IReadOnlyList<DrainResult>> WriteAsync(IReadOnlyList<DrainBatch> batches)
    {
        var (began, outcome) = (_time.GetTimestamp(), DrainOutcome.Failed);
        try
        {
            var results = await _ledger.DrainAsync(batches);
            outcome = DrainOutcome.Written;
            SiloMetrics.DrainBatchSize.Record(batches.Sum(batch => batch.Entries.Count));
            return results;
        }
        finally
        {
            SiloMetrics.Wrote(outcome, _time.GetElapsedTime(began).TotalSeconds);
        }
    }
}
