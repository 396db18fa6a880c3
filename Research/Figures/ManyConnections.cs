using System.Globalization;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;

namespace SecKill.Research.Figures;

/// <summary>A stampede over a growing number of connections, and the gateway's memory.</summary>
internal static class ManyConnections
{
    private const string Group = "connections";
    private const int Pieces = 100;
    private const int Step = 10;

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var load = bed.Load(product) with { Pieces = Pieces };
        var most = bed.Options.MostConnections;
        foreach (var connections in (int[])[Math.Max(1, most / Step / Step), Math.Max(1, most / Step), most, most])
        {
            var result = await bed.PlayAsync(StampedeScenario.RunAsync, load with { Connections = connections }, stop);
            var faults = result.Total.TransportErrors.Values.Sum() + result.Total.Statuses.Where(status => status.Key[0] == '5').Sum(status => status.Value);
            yield return new Figure(Group, $"{connections:n0} connections: answers", result.RequestsPerSecond, "a second");
            yield return new Figure(Group, $"{connections:n0} connections: 99 of 100 take", result.Total.LatencyMicros.P99 / 1000.0, "ms");
            yield return new Figure(Group, $"{connections:n0} connections: errors", faults, "");
            yield return new Figure(Group, $"{connections:n0} connections: the gateway's memory afterwards", Megabytes(product.Processes.Single(part => part.Name == "gateway").Pid), "MB");
        }
    }

    /// <summary>Resident memory of a process and those it has started.</summary>
    private static double Megabytes(int pid)
    {
        var children = Directory.EnumerateDirectories($"/proc/{pid}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var resident = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (double.Parse(resident["VmRSS:".Length..^2], CultureInfo.InvariantCulture) / 1024)
            + children.Sum(child => Megabytes(int.Parse(child, CultureInfo.InvariantCulture)));
    }
}
