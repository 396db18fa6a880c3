using System.Diagnostics.Metrics;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Hosting;
using SecKill.Gateway.Live;

namespace SecKill.Gateway.Telemetry;

/// <summary>A gateway's observable gauges.</summary>
internal sealed class GatewayGauges(IMeterFactory meters, ClaimChannels claims, IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(SecKillMeter.Name);
        meter.CreateObservableUpDownCounter("seckill.claims.waiting", () => claims.Waiting, "{claim}", "Claims that have come and are not answered yet.");
        // If the process is a silo too, the silo reports these.
        if (services.GetService<LossMonitor>() is { } monitor)
        {
            meter.CreateObservableGauge(SecKillMeter.Silos, () => monitor.Silos, "{silo}", SecKillMeter.SilosDescription);
            meter.CreateObservableUpDownCounter(SecKillMeter.Stops, claims.Stops.Count, "{stop}", SecKillMeter.StopsDescription);
        }
        if (services.GetService<LiveFeeds>() is { } live)
            meter.CreateObservableGauge("seckill.live.watchers", () => live.Subscribers, "{watcher}", "Watchers of the live endpoint at this gateway.");
        // Referenced to be created, so that all are zero before the first claim.
        GatewayMetrics.LeaseRefusals.Add(0);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
