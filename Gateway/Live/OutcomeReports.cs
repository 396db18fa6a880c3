using SecKill.Gateway.Claims;

namespace SecKill.Gateway.Live;

/// <summary>
/// Reports the answered claims of each coupon to the coupon's silo once per interval, in one call a silo for a thousand coupons. A report that
/// may have arrived is not repeated, so nothing is counted twice.
/// <para>
/// The counts do not ride on claim calls: a refusal under a refusal lease makes no call, and none follows the last refusals of a sale. A
/// separate report would still be needed, and every claim call would grow.
/// </para>
/// </summary>
internal sealed partial class OutcomeReports(
    ClaimChannels channels, IGrainFactory grains, LivePace pace, ILogger<OutcomeReports> logger) : BackgroundService
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Task> _underWay = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        channels.AreCountsReported = true;
        try
        {
            while (true)
            {
                await Task.Delay(pace.UntilReport(), pace.Clock, stoppingToken);
                Report();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops, and no claim is answered any more. A silo whose last report is under way gets the rest after it.
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
        // A silo with a report under way gets the next one later. Each coupon's silo is read once, since it may change meanwhile.
        foreach (var silo in channels.Coupons.GroupBy(coupon => coupon.LastSilo ?? "").Where(silo => silo.Key.Length > 0 && !_underWay.ContainsKey(silo.Key)))
        {
            var reports = new List<(CouponChannel Coupon, ClaimCounts Claims)>();
            foreach (var coupon in silo)
            {
                if (coupon.Counts.Take() is { Total: > 0 } claims)
                    reports.Add((coupon, claims));
            }
            if (reports.Count > 0)
                _underWay.Add(silo.Key, SendAllAsync(silo.Key, reports));
        }
    }

    private async Task SendAllAsync(string silo, List<(CouponChannel Coupon, ClaimCounts Claims)> reports)
    {
        foreach (var part in reports.Chunk(CouponClaimCounts.MaxReported))
            await SendAsync(silo, part);
    }

    private async Task SendAsync(string silo, (CouponChannel Coupon, ClaimCounts Claims)[] reports)
    {
        try
        {
            var counts = Array.ConvertAll(reports, report => new CouponClaimCounts(report.Coupon.Key, report.Claims));
            await grains.GetGrain<IClaimCounterGrain>(silo).Add(counts).WaitAsync(_timeout, pace.Clock);
        }
        catch (SiloGoneException)
        {
            // Not counted: put back for the coupon's next silo, known from its next claim.
            foreach (var (coupon, claims) in reports)
            {
                coupon.Counts.PutBack(claims);
                coupon.Forget(silo);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogLost(reports.Sum(report => report.Claims.Total), silo, fault);
        }
    }

    [LoggerMessage(EventIds.OutcomesNotReported, LogLevel.Warning, "{Count} answered claims may not show to subscribers: silo {Silo} does not take the report.")]
    private partial void LogLost(long count, string silo, Exception fault);
}
