using System.Runtime.ExceptionServices;

namespace SecKill.Grains.Claims;

/// <content>When the outbox is relayed: by a timer, by the wake-up, and when the activation ends.</content>
internal sealed partial class CouponGrain
{
    private static readonly TimeSpan _lastRelayTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestLine = TimeSpan.FromSeconds(1);

    private IGrainTimer? _timer;
    private TimeSpan _backoff;
    private bool _isRelaying;
    private bool _relayAgain;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        try
        {
            var exists = await EnsureOfLedger();
            if (reminderName == WakeUp.Start)
            {
                await OnStartWakeUpAsync(exists);
                return;
            }
            if (exists)
                await RelayAsync();
            // A change under way relies on it.
            await UnlessChangingAsync(async () =>
            {
                if (!exists || await IsSettledAsync())
                    await CancelWakeUpAsync();
            });
        }
        catch (UnavailableException fault)
        {
            LogNotRelayed(fault, _id.Key);
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _sale.Leave();
        sales.Remove(_id.Key, _sale);
        try
        {
            // With a wake-up, the outbox may hold claims of which this activation was not told yet.
            if (_timer is not null || _wakeUp.IsScheduled)
                await RelayAsync().WaitAsync(_lastRelayTimeout, time, cancellationToken);
        }
        catch (Exception fault) when (fault is UnavailableException or OperationCanceledException or TimeoutException)
        {
            // Do not wait longer: the coupon is not sold meanwhile. Nothing is lost: the outbox is in Redis, and the wake-up activates the
            // coupon on another silo.
            LogNotRelayed(fault, _id.Key);
        }
        finally
        {
            _sale.End();
        }
    }

    public Task RelaySoon()
    {
        ScheduleRelay(_options.DrainInterval);
        return _wakeUp.ScheduleAsync();
    }

    /// <summary>
    /// Whether the wake-up has nothing left to do: outbox and waitlog are empty, none wait for whom units are left, both stores have the same
    /// terms, latches and returns, and the sale does not start soon.
    /// </summary>
    private async Task<bool> IsSettledAsync()
    {
        // The ledger after Redis: it gets a change first, so that one broken off in between shows. And not before a change whose commit is
        // still on its way.
        var stock = await _stock.ReadAsync();
        return _doubtSince is null && _returning == 0 && stock is { State: StockState.Verified, OutboxLength: 0, IsHeld: false, MustServe: false }
            && stock.Line is null or { LogLength: 0 } && !StartsSoon(stock)
            && await ledger.FindAsync(_id) is { } row && row.Latches.Covers(stock.Latches) && await ledger.HasVersionAsync(row.Key, stock.Version)
            // Read after a transaction under way.
            && (stock.Terms is not { Returns: true } || await ledger.FindAsync(_id) is { } now && now.Returned == stock.Returned)
            && _returning == 0;
    }

    private async Task CancelWakeUpAsync()
    {
        _sale.StopBatching();
        await (_cancelling = _wakeUp.CancelAsync());
        // A claim may have started batching meanwhile, relying on the wake-up.
        _sale.StopBatching();
        if (_timer is not null || _isRelaying || _returning > 0)
            await _wakeUp.ScheduleAsync();
    }

    private void ScheduleRelay(TimeSpan delay)
    {
        _timer ??= this.RegisterGrainTimer(
            OnTimerAsync, new GrainTimerCreationOptions(delay, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        _sale.NoteRelayScheduled(true);
    }

    private void UnscheduleRelay()
    {
        _sale.NoteRelayScheduled(false);
        _timer?.Dispose();
        _timer = null;
    }

    private async Task OnTimerAsync(CancellationToken cancellation)
    {
        // First, so that a claim that is won while the relay ends finds no timer and makes one.
        UnscheduleRelay();
        try
        {
            await RelayAsync();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it was: without a next tick nothing would be relayed.
            SiloMetrics.DrainFailures.Add();
            LogNotRelayed(fault, _id.Key);
            _backoff = TimeSpan.FromTicks(Math.Clamp(_backoff.Ticks * 2, _options.DrainInterval.Ticks, _options.MaxDrainBackoff.Ticks));
            // In place of the timer that a claim may have set meanwhile: selling on must not make the attempts more frequent.
            UnscheduleRelay();
            ScheduleRelay(_backoff);
            // It may take long, and the wake-up may not be registered yet, or be gone.
            await _wakeUp.ScheduleAsync();
        }
    }

    /// <summary>
    /// Relays what is in the outbox by now. What is won meanwhile waits for the next time, or a coupon on sale would be visited without
    /// a pause, for a claim or two each time.
    /// </summary>
    private async Task RelayAsync()
    {
        if (_isRelaying)
        {
            // The relay under way may have read the outbox already.
            _relayAgain = true;
            return;
        }
        _isRelaying = true;
        try
        {
            ExceptionDispatchInfo? fault;
            do
            {
                _relayAgain = false;
                fault = await ServeAndRelayLineAsync();
                while (await RelayStepAsync(await _relay.StepAsync(fault is null && _stock.HasWaitlist ? RelayLineAsync : null)))
                {
                }
            }
            while (_relayAgain && fault is null);
            await SaveLatchesAsync();
            await EndDoubtAsync();
            fault?.Throw();
            _backoff = TimeSpan.Zero;
        }
        finally
        {
            _isRelaying = false;
            if (_relayAgain)
                ScheduleRelay(_options.DrainInterval);
        }
    }

    /// <summary>Serves some who wait, and relays the waitlog.</summary>
    /// <returns>What went wrong, which must keep neither claims from SQL, nor edges and the end of what is in doubt.</returns>
    private async Task<ExceptionDispatchInfo?> ServeAndRelayLineAsync()
    {
        try
        {
            await ServeAsync();
            while (_stock.HasWaitlist && !await RelayLineAsync())
            {
            }
            return null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return ExceptionDispatchInfo.Capture(fault);
        }
    }

    /// <summary>
    /// Relays the waitlog; a long one, as SQL finds it that was away, for some time only. Then claims may be recorded before the joins of those
    /// who were served.
    /// </summary>
    /// <returns>False where the stock was rebuilt, so that what was read of it before is of another epoch.</returns>
    private async Task<bool> RelayLineAsync()
    {
        var (began, step) = (time.GetTimestamp(), RelayStep.More);
        while (step == RelayStep.More && time.GetElapsedTime(began) < _longestLine)
            step = await _relay.WaitlogStepAsync();
        if (step != RelayStep.More)
            return !await RelayStepAsync(step);
        _relayAgain = true;
        return true;
    }

    /// <returns>Whether there may be more that was in the outbox before.</returns>
    private async Task<bool> RelayStepAsync(RelayStep step) => step switch
    {
        RelayStep.More => true,
        RelayStep.Diverged => await ReconcileAsync(ReconcileReason.Diverged),
        RelayStep.TermsDiffer => !await EnsureOfLedger(),
        // Those under way finish by themselves.
        RelayStep.ReturnsDiffer => _returning == 0 && !await EnsureOfLedger(),
        _ => false,
    };

    [LoggerMessage(EventIds.OutboxNotRelayed, LogLevel.Warning, "Could not relay the outbox of {Coupon}; retrying.")]
    private partial void LogNotRelayed(Exception fault, string coupon);
}
