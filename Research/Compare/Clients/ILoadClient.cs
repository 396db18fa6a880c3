using SecKill.Bench.Machine;

namespace SecKill.Research.Compare.Clients;

/// <summary>Who makes the load. The same one for all targets of a comparison.</summary>
internal interface ILoadClient
{
    /// <summary>For the report.</summary>
    string Name { get; }

    /// <summary>Makes it.</summary>
    Task<WorkloadResult> RunAsync(Workload work, Uri target, CancellationToken stop);

    /// <summary>The processor time that the load itself took between two readings.</summary>
    TimeSpan CpuTime(CpuReading before, CpuReading after);
}
