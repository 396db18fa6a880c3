namespace SecKill.Silo.Embedded;

/// <summary>
/// Ends the process when the log of the embedded Redis cannot be written, as when the disk is full. Garnet (2.2.8,
/// <c>TsavoriteLog.cannedException</c>) refuses each commit from then on, even when there is room again, so nothing could be sold;
/// started anew, it goes on from what was committed.
/// </summary>
public sealed partial class LogWatch(EmbeddedRedis redis, IHostApplicationLifetime host, ILogger<LogWatch> logger) : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    private volatile string? _reason;

    /// <summary>Tells why the process had to end.</summary>
    /// <exception cref="LogBrokenException">The log could not be written.</exception>
    public void ThrowIfBroken()
    {
        if (_reason is { } reason)
            throw new LogBrokenException(reason);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period);
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
            _reason = $"The data folder could not be written: {fault.GetBaseException().Message}. Make room on the disk, or mend it, and start again: nothing that was answered is lost.";
            LogBroken(_reason);
            host.StopApplication();
        }
    }

    [LoggerMessage(LogLevel.Critical, "{Reason} This process ends.")]
    private partial void LogBroken(string reason);
}

/// <summary>The log of the embedded Redis could not be written, so that the process had to end.</summary>
public sealed class LogBrokenException(string message) : Exception(message);
