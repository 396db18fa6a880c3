using SecKill.Bench.Load;
using SecKill.Bench.Machine;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Scaling;

/// <summary>Measures decided claims and their cost per kind of process while membership is stable.</summary>
internal sealed class StageMeter
{
    private readonly IReadOnlyList<DeployedProcess> _parts;
    private readonly ScaledSale _sale;
    private readonly long _decided;
    private readonly long _from;
    private readonly CpuReading _cpu;

    private StageMeter(IReadOnlyList<DeployedProcess> parts, ScaledSale sale) =>
        (_parts, _sale, _decided, _from, _cpu) = (parts, sale, sale.Judge.Decided, Clock.Now, CpuReading.Take());

    /// <summary>Starts now.</summary>
    public static StageMeter Start(LocalCluster cluster, ScaledSale sale) => new(cluster.Processes, sale);

    /// <summary>Up to now: claims decided a second, and processor time a claim by kind of process, in microseconds.</summary>
    public (double ClaimsPerSecond, IReadOnlyDictionary<string, double> MicrosPerClaim) Read()
    {
        var (cpu, decided) = (CpuReading.Take(), Math.Max(1, _sale.Judge.Decided - _decided));
        var micros = _parts.GroupBy(part => part.Name.Split(' ')[0])
            .ToDictionary(kind => kind.Key, kind => kind.Sum(part => (cpu.Of(part.Pid) - _cpu.Of(part.Pid)).TotalMicroseconds) / decided);
        micros["client"] = (cpu.OfThisProcess - _cpu.OfThisProcess).TotalMicroseconds / decided;
        return (decided / Clock.Seconds(Clock.Now - _from), micros);
    }
}
