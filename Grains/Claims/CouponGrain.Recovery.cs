using SecKill.Grains.Recovery;

namespace SecKill.Grains.Claims;

/// <content>Whether the stock is verified, and its rebuild if not.</content>
internal sealed partial class CouponGrain
{
    private static readonly TimeSpan _reconcileTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _refusalPause = TimeSpan.FromSeconds(5);

    private Task<bool> _reconciling = Task.FromResult(true);
    private Task<bool> _verifying = Task.FromResult(true);
    private long _verifyingSince;
    private UnavailableException? _refusal;
    private long _refusedAt;
    private (long Ledger, long Redis) _loggedVersions;

    public async Task<bool> EnsureVerified()
    {
        await server.RefreshScriptsAsync(_stock.Key);
        var stock = await _stock.ReadAsync();
        if (stock.State != StockState.Verified)
        {
            if (!await ReconcileAsync(ReasonOf(stock.State)))
                return false;
            stock = await _stock.ReadAsync();
            if (stock.State != StockState.Verified)
                throw new UnavailableException($"The stock is {stock.State} again.");
        }
        // Before the next await: a relay meanwhile would make it untrue.
        _sale.NoteVerified(stock.Left, stock.OutboxLength);
        if (stock.Left > 0 || stock.OutboxLength > 0 || stock.Line is { LogLength: > 0 })
            await _wakeUp.ScheduleAsync();
        if (_sale.NoteLatches(stock.Version, stock.Latches) || stock.OutboxLength > 0 || stock.Line is { LogLength: > 0 } || stock.MustServe)
            ScheduleRelay(TimeSpan.Zero);
        await ScheduleStartAsync(stock);
        return true;
    }

    public async Task<bool> Rebuild()
    {
        // A rebuild under way may have read the data before an operator's repair. Start a new one after it.
        await ((Task)_reconciling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (await ledger.FindAsync(_id) is null || !await ReconcileAsync(ReconcileReason.Ordered))
        {
            DeactivateOnIdle();
            return false;
        }
        return await EnsureVerified();
    }

    public async Task<bool> EnsureOfLedger()
    {
        await server.RefreshScriptsAsync(_stock.Key);
        // The ledger after Redis: it gets a change first.
        var stock = await _stock.ReadAsync();
        var row = await ledger.FindAsync(_id);
        if (stock.State == StockState.Verified && stock.Identity != row?.Key.Identity)
            await ReconcileAsync(ReconcileReason.Diverged);
        else if (stock.State == StockState.Verified && stock.Version < row!.Version)
            await ApplyTermsAsync(row);
        else if (stock.State == StockState.Verified && stock.Version > row!.Version && IsNews(row.Version, stock.Version))
            LogTermsBehind(_id.Key, row.Version, stock.Version);
        else if (stock.IsHeld && stock.Version == row!.Version)
            await EndAbandonedHoldAsync(row);
        if (stock.State == StockState.Verified && row is not null && stock.Version == row.Version)
        {
            _sale.NoteSaved(row.Version, row.Latches);
            if (stock.Returned != row.Returned && stock.Identity == row.Key.Identity)
                await FinishReturnsAsync(row, stock);
        }
        return await EnsureVerified();
    }

    /// <summary>Finishes a change that was broken off between ledger and Redis. As a stop, since it may be one.</summary>
    private async Task ApplyTermsAsync(LedgerCoupon row)
    {
        var applied = await _stock.ApplyAsync(row, stops: true);
        if (applied.Result == ApplyResult.Applied)
        {
            _sale.Leases.StartTerms(applied.Left);
            if (_stock.HasWaitlist)
                ScheduleRelay(_quiet);
            SiloMetrics.TermsMended.Add(TermsMending.Applied);
            LogTermsApplied(_id.Key, row.Version);
        }
        else if (applied.Result == ApplyResult.TooManyOwners && IsNews(row.Version, applied.Version))
        {
            SiloMetrics.TermsMended.Add(TermsMending.Refused);
            LogTermsRefused(_id.Key, row.Version, row.Terms.Amount);
        }
    }

    /// <summary>Whether this pair of versions was not logged yet: each relay finds it again.</summary>
    private bool IsNews(long ledger, long redis)
    {
        var isNews = _loggedVersions != (ledger, redis);
        _loggedVersions = (ledger, redis);
        return isNews;
    }

    /// <summary>
    /// As <see cref="EnsureVerified"/>, once for all callers, and with a timeout from its beginning on: claims that come while a coupon
    /// is being rebuilt for longer are undecided at once.
    /// </summary>
    /// <exception cref="TimeoutException">It takes longer.</exception>
    private Task<bool> VerifiedSoonAsync()
    {
        if (_verifying.IsCompleted)
            (_verifying, _verifyingSince) = (EnsureVerified(), time.GetTimestamp());
        var rest = _reconcileTimeout - time.GetElapsedTime(_verifyingSince);
        return _verifying.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, time);
    }

    private Task<bool> ReconcileAsync(ReconcileReason reason)
    {
        if (_reconciling.IsCompleted)
        {
            // It stays refused until an operator has put the ledger right; claims must not ask SQL about it each.
            if (_refusal is { } refusal && reason != ReconcileReason.Ordered && time.GetElapsedTime(_refusedAt) < _refusalPause)
                return Task.FromException<bool>(refusal);
            // What took the stock may have taken the reminder too.
            _wakeUp.Invalidate();
            _startWakeUp.Invalidate();
            _reconciling = RebuildAsync(reason);
        }
        return _reconciling;
    }

    private async Task<bool> RebuildAsync(ReconcileReason reason)
    {
        RebuiltStock? rebuilt = null;
        var (began, result) = (time.GetTimestamp(), ReconcileResult.Failed);
        try
        {
            var (claims, epoch, latches, waits) = _sale.BeginRebuild();
            rebuilt = await new Reconciler(server, ledger, _id, claims, time, loggers.CreateLogger<Reconciler>(), epoch, latches, waits).RunAsync();
            _refusal = null;
            // The quiet time after a rebuild keeps units from those in line.
            if (rebuilt is { Line.Waiting.Count: > 0 } && _sale.Phase < SalePhase.Leaving)
                ScheduleRelay(_quiet);
            result = rebuilt is null ? ReconcileResult.NoSuchCoupon : ReconcileResult.Rebuilt;
            return rebuilt is not null;
        }
        catch (UnavailableException fault) when (fault.IsLasting)
        {
            if (_refusal?.Message != fault.Message)
                LogRefused(fault.Message);
            (_refusal, _refusedAt) = (fault, time.GetTimestamp());
            throw;
        }
        finally
        {
            SiloMetrics.Reconciles.Add(reason, result);
            if (rebuilt is not null)
                SiloMetrics.ReconcileDuration.Record(time.GetElapsedTime(began).TotalSeconds);
            var (lost, lostWaits) = _sale.EndRebuild(rebuilt);
            if (lost > 0)
            {
                SiloMetrics.WinsLost.Add(WinLoss.Forgotten, lost);
                LogLost(_id.Key, lost);
            }
            if (lostWaits > 0)
            {
                SiloMetrics.WinsLost.Add(WinLoss.Waits, lostWaits);
                LogWaitsLost(_id.Key, lostWaits);
            }
        }
    }

    private static ReconcileReason ReasonOf(StockState state) => state switch
    {
        StockState.Missing => ReconcileReason.Missing,
        StockState.Closed => ReconcileReason.Closed,
        _ => ReconcileReason.Stale,
    };

    [LoggerMessage(EventIds.TermsApplied, LogLevel.Information, "Coupon {Coupon}: version {Version} of its terms, which the ledger had alone, is in Redis now.")]
    private partial void LogTermsApplied(string coupon, long version);

    [LoggerMessage(EventIds.TermsRefused, LogLevel.Error, "Coupon {Coupon}: version {Version} of its terms has {Amount} units, and Redis more owners; its stock keeps the terms of before.")]
    private partial void LogTermsRefused(string coupon, long version, int amount);

    [LoggerMessage(EventIds.TermsBehind, LogLevel.Error, "Coupon {Coupon}: the ledger has version {Ledger} of its terms and Redis {Redis}; the ledger has fallen back. The command --repair puts them back.")]
    private partial void LogTermsBehind(string coupon, long ledger, long redis);

    [LoggerMessage(EventIds.RebuildRefused, LogLevel.Critical, "{Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(EventIds.ClaimsLost, LogLevel.Critical, "Coupon {Coupon}: up to {Count} claims that were answered as won are lost. Redis had them, the ledger did not yet, and this silo does not remember them.")]
    private partial void LogLost(string coupon, long count);

    [LoggerMessage(EventIds.WaitsLost, LogLevel.Critical, "Coupon {Coupon}: up to {Count} joins and leaves of its waiting list that were confirmed are lost. Redis had them, the ledger did not yet, and this silo does not remember them.")]
    private partial void LogWaitsLost(string coupon, long count);
}
