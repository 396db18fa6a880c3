using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Embedded;

/// <summary>
/// Ends the process when the log of the embedded Redis cannot be written, as on a full disk. Garnet 2.2.8
/// (<c>TsavoriteLog.cannedException</c>) then refuses every commit, even with room again, so nothing could be sold; a restart recovers
/// what was committed.
/// </summary>
public sealed partial class LogWatch(EmbeddedRedis redis, ProcessEnd end, TimeProvider time, ILogger<LogWatch> logger) : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await redis.CommitAsync();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            var reason = $"The data folder could not be written: {fault.GetBaseException().Message}. Make room on the disk, or mend it, and start again: nothing that was answered is lost.";
            LogBroken(reason, fault);
            end.Because(reason);
        }
    }

    [LoggerMessage(EventIds.LogBroken, LogLevel.Critical, "{Reason} This process ends.")]
    private partial void LogBroken(string reason, Exception fault);
}
