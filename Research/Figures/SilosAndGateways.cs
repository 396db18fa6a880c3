using System.Runtime.CompilerServices;
using SecKill.Bench.Machine;
using SecKill.Bench.Scenarios;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Research.Figures;

/// <summary>What a claim costs with more gateways and silos. On one machine they add no processors: what grows is overhead.</summary>
internal static class SilosAndGateways
{
    private const string Group = "scale";
    private const int Coupons = 100;
    private static readonly (int Gateways, int Silos)[] _sizes = [(1, 1), (2, 1), (1, 2), (2, 3)];

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var (gateways, silos) in _sizes)
        {
            await using var cluster = new ClusterDeployment(silos, gateways, Product.SettingsFor(bed.Terms), programs: bed.Programs);
            await cluster.StartAsync();
            var load = bed.Load(cluster) with { Urls = [.. cluster.Gateways.Select(gateway => gateway.OriginalString)], Coupons = Coupons };
            await bed.PlayAsync(ManyScenario.RunAsync, load with { Duration = bed.Options.WarmUp }, stop);
            var (rates, micros) = (new List<double>(), new List<double>());
            for (var round = 0; round < bed.Options.Rounds; round++)
            {
                var before = CpuReading.Take();
                var result = await bed.PlayAsync(ManyScenario.RunAsync, load, stop);
                var after = CpuReading.Take();
                rates.Add(result.RequestsPerSecond);
                micros.Add(cluster.Processes.Sum(part => (after.Of(part.Pid) - before.Of(part.Pid)).TotalMicroseconds) / result.Claims.Won);
            }
            var size = $"{gateways} gateway{(gateways > 1 ? "s" : "")}, {silos} silo{(silos > 1 ? "s" : "")}";
            yield return new Figure(Group, $"{size}: claims sold, {Coupons} coupons", TestBed.Median(rates), "a second");
            yield return new Figure(Group, $"{size}: processor time of all servers a claim", TestBed.Median(micros), "µs");
        }
    }
}
