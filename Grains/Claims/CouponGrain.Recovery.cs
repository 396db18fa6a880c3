using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Claims;

/// <content>Whether the stock can be believed, and its rebuilding if not.</content>
public sealed partial class CouponGrain
{
    private static readonly TimeSpan _reconcilePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _operatorPause = TimeSpan.FromSeconds(5);

    private Task<bool> _reconciling = Task.FromResult(true);
    private Task<bool> _trusting = Task.FromResult(true);
    private long _trustingSince;
    private UnavailableException? _refusal;
    private long _refusedAt;

    /// <inheritdoc/>
    public async Task<bool> EnsureVerified()
    {
        await _server.RefreshScriptsAsync(_stock.Key);
        var reading = await CouponStock.ReadAsync(_server, _id);
        if (reading.State != StockState.Verified)
        {
            if (!await ReconcileAsync(ReasonOf(reading.State)))
                return false;
            reading = await CouponStock.ReadAsync(_server, _id);
            if (reading.State != StockState.Verified)
                throw new UnavailableException($"The stock is {reading.State} again.");
        }
        // Before anything else is waited for: a drain meanwhile would make it untrue.
        _sale.Backlog.Found(reading.Undrained);
        _sale.Left.Found(reading.Left);
        if (reading.Left > 0 || reading.Undrained > 0)
            await ArmAsync();
        if (reading.Undrained > 0)
            ScheduleDrain(TimeSpan.Zero);
        return _prepared = true;
    }

    /// <summary>
    /// As <see cref="EnsureVerified"/>, but also asks the ledger whether the stock is that of its coupon: Redis may have another one of
    /// that name, which the ledger has lost.
    /// </summary>
    private async Task<bool> EnsureOfLedgerAsync()
    {
        var row = await _ledger.FindAsync(_id);
        var reading = await CouponStock.ReadAsync(_server, _id);
        if (reading.State == StockState.Verified && reading.Identity != row?.Key.Identity)
            await ReconcileAsync(ReconcileReason.Diverged);
        return await EnsureVerified();
    }

    /// <inheritdoc/>
    public async Task<bool> Rebuild()
    {
        // One that is under way may have read already what somebody has just put right. One that begins after it will do.
        await ((Task)_reconciling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (await _ledger.FindAsync(_id) is null || !await ReconcileAsync(ReconcileReason.Ordered))
        {
            DeactivateOnIdle();
            return false;
        }
        return await EnsureVerified();
    }

    /// <summary>
    /// As <see cref="EnsureVerified"/>, once for all who wait, and no longer than is bearable from its beginning on: claims that
    /// come while a coupon is being rebuilt are undecided at once.
    /// </summary>
    /// <exception cref="TimeoutException">It takes longer.</exception>
    private Task<bool> VerifiedSoonAsync()
    {
        if (_trusting.IsCompleted)
            (_trusting, _trustingSince) = (EnsureVerified(), Stopwatch.GetTimestamp());
        var rest = _reconcilePatience - Stopwatch.GetElapsedTime(_trustingSince);
        return _trusting.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
    }

    private Task<bool> ReconcileAsync(ReconcileReason reason)
    {
        if (_reconciling.IsCompleted)
        {
            // It stays refused until an operator has put the ledger right; claims must not ask SQL about it each.
            if (_refusal is { } refusal && reason != ReconcileReason.Ordered && Stopwatch.GetElapsedTime(_refusedAt) < _operatorPause)
                return Task.FromException<bool>(refusal);
            _sale.IsOpen = false;
            _soldOut.Withdraw();
            // Whatever took the stock may have taken the reminder too.
            _armed = false;
            _reconciling = RebuildAsync(reason);
        }
        return _reconciling;
    }

    private async Task<bool> RebuildAsync(ReconcileReason reason)
    {
        RebuiltStock? rebuilt = null;
        var (began, result) = (Stopwatch.GetTimestamp(), ReconcileResult.Failed);
        try
        {
            rebuilt = await new Reconciler(
                _server, _ledger, _lists, _id, _sale.Wins.BeginRebuild(), _loggers.CreateLogger<Reconciler>(), _sale.Wins.Epoch).RunAsync();
            _refusal = null;
            result = rebuilt is null ? ReconcileResult.NoSuchCoupon : ReconcileResult.Rebuilt;
            return rebuilt is not null;
        }
        catch (UnavailableException fault) when (fault.IsLasting)
        {
            if (_refusal?.Message != fault.Message)
                LogRefused(fault.Message);
            (_refusal, _refusedAt) = (fault, Stopwatch.GetTimestamp());
            throw;
        }
        finally
        {
            SiloMetrics.Reconciles.Add(reason, result);
            if (rebuilt is not null)
            {
                SiloMetrics.ReconcileDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
                _sale.Backlog.Rebuilt(rebuilt);
                _sale.Left.Rebuilt(rebuilt.Epoch);
            }
            if (_sale.Wins.EndRebuild(rebuilt) is > 0 and var lost)
            {
                SiloMetrics.WinsLost.Add(WinLoss.Forgotten, lost);
                LogLost(_id.Key, lost);
            }
        }
    }

    private static ReconcileReason ReasonOf(StockState state) => state switch
    {
        StockState.Missing => ReconcileReason.Missing,
        StockState.Closed => ReconcileReason.Closed,
        _ => ReconcileReason.Stale,
    };

    [LoggerMessage(LogLevel.Critical, "{Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(LogLevel.Critical, "Coupon {Coupon}: up to {Count} claims that were answered as won are lost. Redis had them, the ledger did not yet, and nobody remembers them.")]
    private partial void LogLost(string coupon, long count);
}
