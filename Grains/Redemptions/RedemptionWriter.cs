using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using SecKill.Grains.Interfaces.Redemptions;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Redemptions;

/// <summary>
/// The silo's one writer of redemptions: while a transaction of a seller is under way, those of all of the seller's tills gather for the
/// next (group commit). Each locks its coupon's row, so that one by one the tills of one coupon would wait for one another's disk. Sellers
/// have transactions of their own, a few at once: where a coupon's row is locked, the others' tills must not wait.
/// </summary>
internal sealed class RedemptionWriter(ILedger ledger) : IDisposable
{
    // A few hundred a second are wanted; larger ones hold a coupon's row for longer, for which its relay waits.
    private const int MaxRows = 128;

    // Twenty calls of the largest size. More tills than that wait for a database that does not keep up: let them try again. A seller's are
    // a fifth of them at most.
    private const int MaxWaiting = 10_000;
    private const int MaxWaitingOfSeller = 2_000;

    // Each takes a connection, and may wait for its coupon's row until the timeout.
    private const int AtOnce = 4;

    private const int MaxUndosWaiting = 256;
    private const int UndosOfSellerAtOnce = 2;
    private const int MaxUndosOfSellerWaiting = 64;

    // Of sellers whose tills are idle.
    private const int SweepAbove = 1_000;

    private readonly ConcurrentDictionary<string, NaturalBatcher<Redemption, RedemptionReply>> _batchers = new();
    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly PartitionedRateLimiter<string> _undos = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<string, string>(seller => RateLimitPartition.GetConcurrencyLimiter(seller, _ => Options(UndosOfSellerAtOnce, MaxUndosOfSellerWaiting))),
        PartitionedRateLimiter.Create<string, string>(_ => RateLimitPartition.GetConcurrencyLimiter("", _ => Options(AtOnce, MaxUndosWaiting))));

    private int _waiting;

    /// <inheritdoc cref="ILedger.RedeemAsync"/>
    /// <exception cref="UnavailableException">Too many wait already, or SQL does not answer.</exception>
    public async Task<RedemptionReply> RedeemAsync(Redemption redemption)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting)
                throw new UnavailableException($"{MaxWaiting} redemptions are waiting already.");
            var (seller, answer) = (redemption.By.Caller, default(Task<RedemptionReply>));
            for (var batcher = BatcherOf(seller); !batcher.TryAdd(redemption, out answer); batcher = BatcherOf(seller))
                _batchers.TryRemove(new(seller, batcher));
            return await answer;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <inheritdoc cref="ILedger.UndoRedemptionAsync"/>
    /// <exception cref="UnavailableException">Too many wait already, or SQL does not answer.</exception>
    public async Task<RedemptionReply> UndoAsync(string code, TimeSpan within, RequestMark by)
    {
        using var turn = await _undos.AcquireAsync(by.Caller);
        return turn.IsAcquired
            ? await ledger.UndoRedemptionAsync(code, within, by)
            : throw new UnavailableException("Too many redemptions are waiting to be taken back already.");
    }

    public void Dispose()
    {
        _turns.Dispose();
        _undos.Dispose();
    }

    private NaturalBatcher<Redemption, RedemptionReply> BatcherOf(string seller)
    {
        if (_batchers.TryGetValue(seller, out var batcher))
            return batcher;
        if (_batchers.Count >= SweepAbove)
        {
            foreach (var idle in _batchers.Where(one => one.Value.TryRetire()))
                _batchers.TryRemove(idle);
        }
        return _batchers.GetOrAdd(seller, _ => new(WriteAsync, MaxRows, MaxWaitingOfSeller, name: "redemptions"));
    }

    private async Task<IReadOnlyList<RedemptionReply>> WriteAsync(IReadOnlyList<Redemption> ofSeller)
    {
        await _turns.WaitAsync();
        try
        {
            return await ledger.RedeemAsync(ofSeller);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static ConcurrencyLimiterOptions Options(int atOnce, int waiting) =>
        new() { PermitLimit = atOnce, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };
}
