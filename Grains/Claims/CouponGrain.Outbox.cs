using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Stock;
using SecKill.Grains.Telemetry;

namespace SecKill.Grains.Claims;

public sealed partial class CouponGrain
{
    private const string ReminderName = "drain";
    private static readonly TimeSpan _armPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _armPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _lastDrainPatience = TimeSpan.FromSeconds(2);

    private bool _armed;
    private bool _leaving;
    private bool _draining;
    private bool _drainAgain;
    private long _armAgainAfter;
    private TimeSpan _backoff;
    private IGrainTimer? _timer;

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        try
        {
            var exists = await EnsureOfLedgerAsync();
            if (exists)
                await DrainAsync();
            if (!exists || (await CouponStock.ReadAsync(_server, _id)) is { State: StockState.Verified, Undrained: 0 })
                await DisarmAsync();
        }
        catch (UnavailableException fault)
        {
            LogDrainFailed(_id.Key, fault.Message);
        }
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _leaving = true;
        _sale.IsOpen = _sale.IsDrainDue = false;
        _sales.Remove(_id.Key, _sale);
        try
        {
            // Armed: something may be queued of which this activation was not told yet.
            if (_timer is not null || _armed)
                await DrainAsync().WaitAsync(_lastDrainPatience, cancellationToken);
        }
        catch (Exception fault) when (fault is UnavailableException or OperationCanceledException or TimeoutException)
        {
            // No longer: nobody sells this coupon while it waits for SQL here.
            // Nothing is lost: the queue is in Redis, and the reminder will wake this coupon on another silo.
            LogDrainFailed(_id.Key, fault.Message);
        }
        finally
        {
            _sale.Wins.Dispose();
        }
    }

    /// <inheritdoc/>
    public Task RelaySoon()
    {
        ScheduleDrain(_options.DrainInterval);
        return ArmAsync();
    }

    /// <summary>Registers the crash-safe wake-up, unless it is.</summary>
    private async Task ArmAsync()
    {
        if (_armed || Stopwatch.GetTimestamp() < _armAgainAfter)
            return;
        try
        {
            await this.RegisterOrUpdateReminder(ReminderName, _options.ReminderPeriod, _options.ReminderPeriod).WaitAsync(_armPatience);
            _armed = true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The claim itself is safe without it, only its way to SQL would wait for the next visitor should we die. Tried
            // again soon, but not by every batch: a reminder service that is starting holds its callers for long.
            _armAgainAfter = Stopwatch.GetTimestamp() + (long)(_armPause.TotalSeconds * Stopwatch.Frequency);
            LogNotArmed(_id.Key, fault.Message);
        }
    }

    private async Task DisarmAsync()
    {
        _sale.IsOpen = false;
        try
        {
            if (await this.GetReminder(ReminderName) is { } reminder)
                await this.UnregisterReminder(reminder);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Registered anew meanwhile, by a claim, or the table cannot be reached: it rings once more, which harms nobody.
            LogNotArmed(_id.Key, fault.Message);
        }
        finally
        {
            // Whichever of the two was last: the next claim registers it again. A claim may have opened the sale meanwhile.
            _armed = _sale.IsOpen = false;
        }
        if (_timer is not null || _draining)
            await ArmAsync();
    }

    private void ScheduleDrain(TimeSpan delay)
    {
        _timer ??= this.RegisterGrainTimer(
            OnTimerAsync, new GrainTimerCreationOptions(delay, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        _sale.IsDrainDue = !_leaving;
    }

    private async Task OnTimerAsync(CancellationToken cancellation)
    {
        // First, so that a claim that comes while the drain ends finds no timer and makes one.
        Unschedule();
        try
        {
            await DrainAsync();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it was: without a next tick nobody would drain.
            SiloMetrics.DrainFailures.Add();
            LogDrainFailed(_id.Key, fault.Message);
            _backoff = TimeSpan.FromTicks(Math.Clamp(
                _backoff.Ticks * 2, _options.DrainInterval.Ticks, _options.MaxDrainBackoff.Ticks));
            // In place of the timer that a claim may have set meanwhile: selling on must not make the tries more frequent.
            Unschedule();
            ScheduleDrain(_backoff);
            // It may take long, and the reminder may not have been registered in time, or be gone.
            await ArmAsync();
        }
    }

    private void Unschedule()
    {
        _sale.IsDrainDue = false;
        _timer?.Dispose();
        _timer = null;
    }

    /// <summary>
    /// Drains what is queued by now. What is won meanwhile waits for the next time, or a coupon on sale would be visited
    /// without a pause, for a claim or two each time.
    /// </summary>
    private async Task DrainAsync()
    {
        if (_draining)
        {
            // Whoever drains at this moment may have looked already.
            _drainAgain = true;
            return;
        }
        _draining = true;
        try
        {
            do
            {
                _drainAgain = false;
                while (await DrainOnceAsync())
                {
                }
            }
            while (_drainAgain);
            _backoff = TimeSpan.Zero;
        }
        finally
        {
            _draining = false;
            if (_drainAgain)
                ScheduleDrain(_options.DrainInterval);
        }
    }

    /// <returns>Whether there may be more that was queued before.</returns>
    private async Task<bool> DrainOnceAsync() => await _drain.StepAsync() switch
    {
        RelayStep.More => true,
        RelayStep.Diverged => await ReconcileAsync(ReconcileReason.Diverged),
        _ => false,
    };

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: not drained, will be tried again. {Reason}")]
    private partial void LogDrainFailed(string coupon, string reason);

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: no reminder yet, will be tried again. {Reason}")]
    private partial void LogNotArmed(string coupon, string reason);
}
