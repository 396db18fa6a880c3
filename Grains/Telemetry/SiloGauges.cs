using System.Diagnostics.Metrics;
using SecKill.Grains.Claims;
using SecKill.Grains.Recovery;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Telemetry;

internal sealed class SiloGauges(IMeterFactory meters, CouponSales sales, LedgerWatch ledger, KnownStops stops, IClusterMembershipService members, TimeProvider time) : IHostedService
{
    private static readonly KeyValuePair<string, object?> _open = new("state", "open");
    private static readonly KeyValuePair<string, object?> _closed = new("state", "closed");
    private static readonly KeyValuePair<string, object?> _behind = new("what", "claims");
    private static readonly KeyValuePair<string, object?> _lost = new("what", "coupon");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(SecKillMeter.Name);
        meter.CreateObservableUpDownCounter("seckill.queue.depth", () => sales.Outbox.Length, "{claim}", "Won claims of this silo's coupons that are not in the ledger yet.");
        meter.CreateObservableGauge("seckill.queue.oldest.age", () => AgeOf(sales.Outbox), "s", "How long ago the oldest of them was won; 0 where there is none.");
        meter.CreateObservableUpDownCounter("seckill.waiting", () => sales.Waiting, "{customer}", "Customers in the waiting lists of the coupons active on this silo.");
        meter.CreateObservableUpDownCounter("seckill.units.unserved", () => sales.Unserved(stops), "{unit}", "Units left that those in line should get.");
        meter.CreateObservableUpDownCounter("seckill.waitlog.depth", () => sales.Waitlog.Length, "{request}", "Joins and leaves of waiting lists that this silo knows and the ledger has not yet.");
        meter.CreateObservableGauge("seckill.waitlog.oldest.age", () => AgeOf(sales.Waitlog), "s", "How long ago the oldest of them was made; 0 where there is none.");
        meter.CreateObservableUpDownCounter("seckill.units.left", () => sales.Left, "{unit}", "Units left of the coupons active on this silo.");
        meter.CreateObservableUpDownCounter("seckill.coupons", ReadCoupons, "{coupon}", "Coupons active on this silo.");
        meter.CreateObservableGauge(SecKillMeter.Silos, () => members.CurrentSnapshot.Members.Values.Count(member => member.Status == SiloStatus.Active), "{silo}", SecKillMeter.SilosDescription);
        meter.CreateObservableGauge("seckill.ledger.behind", () => new Measurement<int>[] { new(ledger.Behind, _behind), new(ledger.Lost, _lost) }, "{coupon}", "Coupons of which the ledger has lost claims, or lost altogether, that Redis knows; told by the one silo that looks.");
        meter.CreateObservableUpDownCounter(SecKillMeter.Stops, stops.Count, "{stop}", SecKillMeter.StopsDescription);
        // Referenced to be created, so that all are zero before the first claim.
        SiloMetrics.Drained.Add(0);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // By two clocks, that of Redis and ours.
    private double AgeOf((long Length, long OldestMicros) log) => log.OldestMicros is > 0 and var oldest
        ? Math.Max(0, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - oldest / 1e6)
        : 0;

    private IEnumerable<Measurement<int>> ReadCoupons()
    {
        var (active, batched) = (sales.Active, sales.Batched);
        return [new(batched, _open), new(active - batched, _closed)];
    }
}
