namespace SecKill.Grains.Claims;

/// <summary>The reminder that wakes a coupon with unpersisted claims should its silo die. Used by its grain only.</summary>
internal sealed partial class WakeUp(Grain grain, TimeSpan period, TimeProvider time, ILogger logger)
{
    // As it stands in the table of reminders.
    private const string Name = "drain";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _retryPause = TimeSpan.FromSeconds(2);

    private long _failed;

    /// <summary>Whether it is registered, as far as known.</summary>
    public bool IsScheduled { get; private set; }

    /// <summary>Registers it, unless it is registered.</summary>
    public async Task ScheduleAsync()
    {
        if (IsScheduled || (_failed != 0 && time.GetElapsedTime(_failed) < _retryPause))
            return;
        try
        {
            await grain.RegisterOrUpdateReminder(Name, period, period).WaitAsync(_timeout, time);
            IsScheduled = true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Without it, if this silo dies, the claim reaches SQL only after the coupon's next claim or a silo's next start. Tried again
            // soon, but not by every batch: a reminder service that is starting holds its callers for long.
            _failed = time.GetTimestamp();
            LogNotScheduled(fault, grain.GetPrimaryKeyString());
        }
    }

    /// <summary>Removes it. Whether a registration meanwhile has survived is not known, so it counts as none.</summary>
    public async Task CancelAsync()
    {
        try
        {
            if (await grain.GetReminder(Name) is { } reminder)
                await grain.UnregisterReminder(reminder);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A claim has registered it anew, or the table cannot be reached: it rings once more, which is harmless.
            LogNotCancelled(fault, grain.GetPrimaryKeyString());
        }
        finally
        {
            IsScheduled = false;
        }
    }

    /// <summary>Has it registered anew when it is next needed: what took the stock may have taken the table of reminders too.</summary>
    public void Invalidate() => IsScheduled = false;

    [LoggerMessage(EventIds.WakeUpNotScheduled, LogLevel.Warning, "Coupon {Coupon}: could not register the reminder of its outbox relay; retrying.")]
    private partial void LogNotScheduled(Exception fault, string coupon);

    [LoggerMessage(EventIds.WakeUpNotCancelled, LogLevel.Warning, "Coupon {Coupon}: could not remove the reminder of its outbox relay; it rings once more.")]
    private partial void LogNotCancelled(Exception fault, string coupon);
}
