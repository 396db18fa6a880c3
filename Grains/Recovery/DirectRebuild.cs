using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Outbox;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Logs;

namespace SecKill.Grains.Recovery;

/// <summary>
/// Rebuilds a coupon's stock without its grain, so also where no silo runs. Beside running silos the lease in Redis decides whose turn
/// it is, and claims meanwhile are answered 503; what only a grain remembers the grain puts back afterwards.
/// </summary>
public sealed partial class DirectRebuild(StockServer server, ILedger ledger, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>Another process that rebuilds may have died; its lease ends well before.</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<DirectRebuild>();

    /// <summary>Rebuilds the stock from the ledger and what survived in Redis, and drains the outbox.</summary>
    /// <returns>False where the ledger has no such coupon.</returns>
    /// <exception cref="UnavailableException">Redis or SQL does not answer, or another process keeps rebuilding it.</exception>
    public async Task<bool> RunAsync(CouponId id, CancellationToken cancellation)
    {
        if (await ledger.FindAsync(id) is null)
            return false;
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                await new Reconciler(server, ledger, id, remembered: [], time, loggers.CreateLogger<Reconciler>()).RunAsync();
                break;
            }
            catch (UnavailableException fault) when (time.GetElapsedTime(since) < _timeout)
            {
                LogRetry(id.Key, fault);
                await Task.Delay(_pause, time, cancellation);
            }
        }
        // The coupon's grain is not told, and might not look before the next claim.
        var drain = new OutboxRelay(server, ledger, async batch => (await ledger.DrainAsync([batch]))[0], id, sale: null, loggers.CreateLogger<OutboxRelay>());
        while (await drain.StepAsync() == RelayStep.More)
            cancellation.ThrowIfCancellationRequested();
        return true;
    }

    [LoggerMessage(EventIds.RebuildRetried, LogLevel.Warning, "Coupon {Coupon}: not rebuilt yet, will be tried again.")]
    private partial void LogRetry(string coupon, Exception fault);
}
