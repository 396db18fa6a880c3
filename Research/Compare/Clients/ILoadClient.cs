using SecKill.Bench.Machine;

namespace SecKill.Research.Compare.Clients;

/// <summary>The load generator; the same for all targets of a comparison.</summary>
internal interface ILoadClient
{
    /// <summary>For the report.</summary>
    string Name { get; }

    /// <summary>Makes it.</summary>
    Task<WorkloadResult> RunAsync(Workload work, Uri target, CancellationToken stop);

    /// <summary>The load generator's processor time between two readings.</summary>
    TimeSpan CpuTime(CpuReading before, CpuReading after);
}
