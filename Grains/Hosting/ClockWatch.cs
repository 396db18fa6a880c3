using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Hosting;

/// <summary>
/// Ends the silo if its clock was set back far. Orleans 10.4 (<c>ActivationCollector</c>; similar to
/// https://github.com/dotnet/orleans/issues/2916) schedules collections by the wall clock and creates no activations until the clock has
/// nearly caught up: the silo would answer, but take over no coupon. A restarted silo uses the new time. This class can go with a version
/// that schedules by a monotonic clock.
/// </summary>
public sealed partial class ClockWatch(TimeProvider time, ProcessEnd end, ILogger<ClockWatch> logger) : BackgroundService
{
    // Orleans tolerates steps smaller than the age at which it collects, 15 min by default.
    private static readonly TimeSpan _borne = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The latest time seen: several small steps count as one large one, as they do in Orleans.
        var latest = time.GetUtcNow();
        using var timer = new PeriodicTimer(_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            if (latest - now > _borne)
            {
                var reason = $"The clock was set back by {latest - now:d\\.hh\\:mm\\:ss}. Until it is right again, nothing could be activated here: start it anew.";
                LogSetBack(reason);
                end.Because(reason);
                return;
            }
            if (now > latest)
                latest = now;
        }
    }

    [LoggerMessage(EventIds.ClockSetBack, LogLevel.Critical, "{Reason} This silo ends.")]
    private partial void LogSetBack(string reason);
}
