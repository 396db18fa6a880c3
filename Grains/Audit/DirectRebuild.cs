using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Ledger;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Audit;

/// <summary>
/// Rebuilds a coupon's stock without its grain, so also where no silo runs. Beside silos that do, Redis decides whose turn it is, and
/// claims meanwhile are answered 503; what only a grain remembers it puts back afterwards.
/// </summary>
public sealed partial class DirectRebuild(StockServer server, ILedger ledger, ILoggerFactory loggers)
{
    /// <summary>Another one who rebuilds may have died; its lease ends well before.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<DirectRebuild>();

    /// <summary>Rebuilds the stock from the ledger and what survived in Redis, and drains the queue.</summary>
    /// <returns>False where the ledger has no such coupon.</returns>
    /// <exception cref="UnavailableException">Redis or SQL does not answer, or somebody else keeps rebuilding it.</exception>
    public async Task<bool> RunAsync(CouponId id, CancellationToken cancellation)
    {
        if (await ledger.FindAsync(id) is null)
            return false;
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await new Reconciler(server, ledger, id, remembered: [], TimeProvider.System, loggers.CreateLogger<Reconciler>()).RunAsync();
                break;
            }
            catch (UnavailableException fault) when (Stopwatch.GetElapsedTime(since) < _patience)
            {
                LogAgain(id.Key, fault.Message);
                await Task.Delay(_pause, cancellation);
            }
        }
        // Nobody tells the coupon's grain, and it might not look before somebody claims.
        var drain = new OutboxRelay(server, ledger, async batch => (await ledger.DrainAsync([batch]))[0], id, sale: null, loggers.CreateLogger<OutboxRelay>());
        while (await drain.StepAsync() == RelayStep.More)
            cancellation.ThrowIfCancellationRequested();
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: not rebuilt yet, will be tried again. {Reason}")]
    private partial void LogAgain(string coupon, string reason);
}
