using SecKill.Gateway.Claims;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

/// <summary>
/// Reports at every interval what was answered to the claims of each coupon to the silo on which it is active: one call a silo for a thousand of them. A
/// report that may have arrived is never made again, so nothing is counted twice.
/// </summary>
internal sealed partial class ClaimReports(ClaimLanes lanes, IGrainFactory grains, LivePace pace, ILogger<ClaimReports> logger) : BackgroundService
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Task> _underWay = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lanes.AreReported = true;
        try
        {
            while (true)
            {
                await pace.NextReportAsync(stoppingToken);
                Report();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; no claim is answered any more. First what is under way, or its silos would not be told the rest.
            await Task.WhenAll(_underWay.Values);
            Report();
            await Task.WhenAll(_underWay.Values);
        }
    }

    private void Report()
    {
        foreach (var silo in _underWay.Keys.ToArray())
        {
            if (_underWay[silo].IsCompleted)
                _underWay.Remove(silo);
        }
        // A silo that has not answered yet is told the next time. Each lane is asked once where it was seen: that may change meanwhile.
        foreach (var silo in lanes.All.GroupBy(lane => lane.SeenOn ?? "").Where(silo => silo.Key.Length > 0 && !_underWay.ContainsKey(silo.Key)))
        {
            var reports = new List<(ClaimLane Lane, ClaimCounts Claims)>();
            foreach (var lane in silo)
            {
                if (lane.Answers.Take() is { Total: > 0 } claims)
                    reports.Add((lane, claims));
            }
            if (reports.Count > 0)
                _underWay.Add(silo.Key, SendAllAsync(silo.Key, reports));
        }
    }

    private async Task SendAllAsync(string silo, List<(ClaimLane Lane, ClaimCounts Claims)> reports)
    {
        foreach (var part in reports.Chunk(CouponClaimCounts.MaxReported))
            await SendAsync(silo, part);
    }

    private async Task SendAsync(string silo, (ClaimLane Lane, ClaimCounts Claims)[] reports)
    {
        try
        {
            var counts = Array.ConvertAll(reports, report => new CouponClaimCounts(report.Lane.Coupon, report.Claims));
            await grains.GetGrain<IClaimCounterGrain>(silo).Add(counts).WaitAsync(_patience);
        }
        catch (SiloGoneException)
        {
            // Surely not counted: the silo to which the coupons have gone will be told, once a claim has shown which.
            foreach (var (lane, claims) in reports)
            {
                lane.Answers.PutBack(claims);
                lane.Forget(silo);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogLost(reports.Sum(report => report.Claims.Total), silo, fault.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} answered claims may not show to watchers: silo {Silo} does not take the report. {Reason}")]
    private partial void LogLost(long count, string silo, string reason);
}
