namespace SecKill.Grains.Claims;

/// <summary>
/// A reminder of a coupon, which wakes it should its silo die: while it has unpersisted claims, and before its sale starts. Used by its
/// grain only.
/// </summary>
/// <param name="name">As it stands in the table of reminders.</param>
internal sealed partial class WakeUp(Grain grain, string name, TimeSpan period, TimeProvider time, ILogger logger)
{
    /// <summary>The name of the one that has the outbox relayed.</summary>
    public const string Drain = "drain";

    /// <summary>The name of the one before the start of the sale.</summary>
    public const string Start = "start";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _retryPause = TimeSpan.FromSeconds(2);

    private long _failed;
    private long _registered;
    private Task _renewing = Task.CompletedTask;
    private Task? _renewingNext;

    /// <summary>Whether it is registered, as far as known.</summary>
    public bool IsScheduled { get; private set; }

    /// <summary>Registers it, unless it is registered: for a caller that does nothing without it.</summary>
    /// <returns>Whether it is.</returns>
    public async Task<bool> TryScheduleAsync()
    {
        _failed = 0;
        if (!IsScheduled)
            await RenewAsync();
        return IsScheduled;
    }

    /// <summary>Registers it, unless it is registered.</summary>
    /// <param name="due">When it rings first; null for after its period.</param>
    public async Task ScheduleAsync(TimeSpan? due = null)
    {
        if (!IsScheduled)
            await RegisterAsync(due ?? period);
    }

    /// <summary>
    /// Registers it also where it is registered as far as known: another activation may have removed it. It rings no later for that. One
    /// registration serves all who ask before it begins.
    /// </summary>
    public Task RenewAsync()
    {
        if (_renewing.IsCompleted)
            return _renewing = RegisterAgainAsync();
        return _renewingNext ??= RenewAfterAsync(_renewing);
    }

    private async Task RenewAfterAsync(Task earlier)
    {
        await earlier;
        _renewingNext = null;
        await (_renewing = RegisterAgainAsync());
    }

    private async Task RegisterAgainAsync()
    {
        var rest = !IsScheduled ? period : period - TimeSpan.FromTicks(time.GetElapsedTime(_registered).Ticks % period.Ticks);
        // While it is about to ring it is not touched: it might ring a period later.
        if (rest > _timeout || !await IsRegisteredAsync())
            await RegisterAsync(rest);
    }

    private async Task<bool> IsRegisteredAsync()
    {
        try
        {
            return await grain.GetReminder(name).WaitAsync(_timeout, time) is not null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return false;
        }
    }

    private async Task RegisterAsync(TimeSpan due)
    {
        if (_failed != 0 && time.GetElapsedTime(_failed) < _retryPause)
            return;
        try
        {
            var began = time.GetTimestamp();
            await grain.RegisterOrUpdateReminder(name, due, period).WaitAsync(_timeout, time);
            // Its first ring, less a period.
            _registered = began + (long)((due - period).TotalSeconds * time.TimestampFrequency);
            IsScheduled = true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Without it, if this silo dies, the claim reaches SQL only after the coupon's next claim or a silo's next start. Tried again
            // soon, but not by every batch: a reminder service that is starting holds its callers for long.
            (IsScheduled, _failed) = (false, time.GetTimestamp());
            LogNotScheduled(fault, grain.GetPrimaryKeyString(), name);
        }
    }

    /// <summary>Removes it. Whether a registration meanwhile has survived is not known, so it counts as none.</summary>
    public async Task CancelAsync()
    {
        try
        {
            if (await grain.GetReminder(name) is { } reminder)
                await grain.UnregisterReminder(reminder);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A claim has registered it anew, or the table cannot be reached: it rings once more, which is harmless.
            LogNotCancelled(fault, grain.GetPrimaryKeyString(), name);
        }
        finally
        {
            IsScheduled = false;
        }
    }

    /// <summary>Has it registered anew when it is next needed: what took the stock may have taken the table of reminders too.</summary>
    public void Invalidate() => IsScheduled = false;

    [LoggerMessage(EventIds.WakeUpNotScheduled, LogLevel.Warning, "Coupon {Coupon}: could not register its reminder {Name}; retrying.")]
    private partial void LogNotScheduled(Exception fault, string coupon, string name);

    [LoggerMessage(EventIds.WakeUpNotCancelled, LogLevel.Warning, "Coupon {Coupon}: could not remove its reminder {Name}; it rings once more.")]
    private partial void LogNotCancelled(Exception fault, string coupon, string name);
}
