using System.Diagnostics;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Research.Figures;

/// <summary>A stampede over a growing number of connections, and the gateway's memory.</summary>
internal static class ManyConnections
{
    private const int Units = 100;
    private const int Step = 10;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var load = bed.Load(product) with { Units = Units };
        var most = bed.Options.MostConnections;
        foreach (var connections in (int[])[Math.Max(1, most / Step / Step), Math.Max(1, most / Step), most, most])
        {
            var result = await bed.PlayAsync(LoadScenario.Stampede, load with { Connections = connections }, stop);
            var faults = result.Total.TransportErrors.Values.Sum() + result.Total.Statuses.Where(status => status.Key[0] == '5').Sum(status => status.Value);
            yield return new Figure($"{connections:n0} connections: answers", result.RequestsPerSecond, "a second");
            yield return new Figure($"{connections:n0} connections: 99 of 100 take", result.Total.LatencyMicros.P99 / 1000.0, "ms");
            yield return new Figure($"{connections:n0} connections: errors", faults, "");
            yield return new Figure($"{connections:n0} connections: the gateway's memory afterwards", Megabytes(product.Processes.Single(part => part.Name == "gateway").Pid), "MB");
        }
    }

    private static double Megabytes(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64 / (double)(1 << 20);
    }
}
