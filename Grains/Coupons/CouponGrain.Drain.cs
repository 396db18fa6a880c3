using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Coupons;

public sealed partial class CouponGrain
{
    private const string ReminderName = "drain";
    private const int DrainBatchSize = 1000;

    private bool _armed;
    private bool _draining;
    private TimeSpan _backoff;
    private IGrainTimer? _timer;

    /// <summary>Claims at queue positions below this one are on their owners' lists; -1 while not known. Of one epoch only.</summary>
    private long _listedBelow = -1;
    private long _listedEpoch = -1;

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        try
        {
            var exists = await EnsureTrusted();
            if (exists)
                await DrainAsync();
            if (!exists || (await CouponStock.ReadAsync(_server, _id)) is { State: StockState.Trusted, Undrained: 0 })
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
        try
        {
            if (_timer is not null)
                await DrainAsync().WaitAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is UnavailableException or OperationCanceledException)
        {
            // Nothing is lost: the queue is in Redis, and the reminder will wake this coupon on another silo.
            LogDrainFailed(_id.Key, fault.Message);
        }
    }

    /// <summary>Registers the crash-safe wake-up, unless it is.</summary>
    private async Task ArmAsync()
    {
        if (_armed)
            return;
        try
        {
            await this.RegisterOrUpdateReminder(ReminderName, _options.ReminderPeriod, _options.ReminderPeriod);
            _armed = true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The claim itself is safe without it, only its way to SQL would wait for the next visitor. Tried again next time.
            LogNotArmed(_id.Key, fault.Message);
        }
    }

    private async Task DisarmAsync()
    {
        _armed = false;
        if (await this.GetReminder(ReminderName) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    private void ScheduleDrain(TimeSpan delay) =>
        _timer ??= this.RegisterGrainTimer(
            OnTimerAsync, new GrainTimerCreationOptions(delay, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });

    private async Task OnTimerAsync(CancellationToken cancellation)
    {
        try
        {
            await DrainAsync();
            _backoff = TimeSpan.Zero;
            Unschedule();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it was: a timer that is not replaced here would never be again, and this coupon not be drained.
            LogDrainFailed(_id.Key, fault.Message);
            _backoff = TimeSpan.FromTicks(Math.Clamp(
                _backoff.Ticks * 2, _options.DrainInterval.Ticks, _options.MaxDrainBackoff.Ticks));
            Unschedule();
            ScheduleDrain(_backoff);
        }
    }

    private void Unschedule()
    {
        _timer?.Dispose();
        _timer = null;
    }

    /// <summary>Drains until the queue is empty.</summary>
    private async Task DrainAsync()
    {
        if (_draining)
            return;
        _draining = true;
        try
        {
            while (await DrainOnceAsync())
            {
            }
        }
        finally
        {
            _draining = false;
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> DrainOnceAsync()
    {
        var head = await _stock.PeekAsync(DrainBatchSize);
        if (head.State == StockState.Missing)
            return false;
        if (head.State != StockState.Trusted)
            return await ReconcileAsync();
        if (head.Entries.Length == 0)
            return false;

        var result = await _writer.DrainAsync(new DrainBatch(head.LedgerId, head.Epoch, head.Position, head.Entries));
        if (result.Committed)
        {
            await AcknowledgeAsync(head, head.Entries.Length);
            if (result.Inserted == head.Entries.Length)
                return true;
            LogDiverged(_id.Key, head.Entries.Length - result.Inserted);
            return await ReconcileAsync();
        }
        // Somebody drained these before us and died, or is about to acknowledge. Within one epoch the queue only grows at
        // its end, so what lies below the ledger's position is in the ledger.
        var ahead = result.Drained - head.Position;
        if (result.Epoch == head.Epoch && ahead > 0)
        {
            await AcknowledgeAsync(head, (int)Math.Min(ahead, head.Entries.Length));
            return true;
        }
        return await ReconcileAsync();
    }

    private async Task AcknowledgeAsync(QueueHead head, int count)
    {
        ListedIn(head.Epoch);
        // A claim whose grain died between script and list gets onto its owner's list here, before its trace is trimmed.
        var unlisted = head.Entries.Take(count).Skip((int)Math.Clamp(_listedBelow - head.Position, 0, count));
        await _lists.AddAsync(unlisted.Select(entry => new ListEntry(entry.User, _id, entry.Micros)));
        if (await _stock.AcknowledgeAsync(head.Epoch, head.Position, count) && _listedEpoch == head.Epoch)
            _listedBelow = Math.Max(_listedBelow, head.Position + count);
    }

    /// <summary>Notes that the winners at these positions are on their lists, if that is known of all before them.</summary>
    private void ListedThrough(long epoch, long firstPosition, int count)
    {
        ListedIn(epoch);
        if (_listedBelow == firstPosition)
            _listedBelow = firstPosition + count;
    }

    /// <summary>Reconciling may give out positions anew, of which nothing is known then.</summary>
    private void ListedIn(long epoch)
    {
        if (_listedEpoch == epoch)
            return;
        _listedEpoch = epoch;
        _listedBelow = -1;
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: not drained, will be tried again. {Reason}")]
    private partial void LogDrainFailed(string coupon, string reason);

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: no reminder yet, will be tried again. {Reason}")]
    private partial void LogNotArmed(string coupon, string reason);

    [LoggerMessage(LogLevel.Error, "Coupon {Coupon}: {Count} queued claims were in the ledger already; reconciling.")]
    private partial void LogDiverged(string coupon, int count);
}
