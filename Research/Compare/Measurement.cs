using System.Diagnostics;
using SecKill.Bench.Machine;
using SecKill.Research.Compare.Checks;
using SecKill.Research.Compare.Clients;
using SecKill.Research.Compare.Contenders;

namespace SecKill.Research.Compare;

/// <summary>One target under load, once.</summary>
/// <param name="Load">The client's result.</param>
/// <param name="CpuMicros">Microseconds of processor time an answer, by process; the client is <c>client</c>.</param>
/// <param name="ForeignLoad">The part of the machine, 0 to 1, that other processes took.</param>
/// <param name="Backlog">The outbox depth; null if there is no outbox or it cannot be read.</param>
/// <param name="Check">Whether all claims are accounted for; null without sales and for baselines.</param>
internal sealed record Measurement(
    WorkloadResult Load, IReadOnlyDictionary<string, double> CpuMicros, double ForeignLoad, Backlog? Backlog, LedgerCheck? Check)
{
    /// <summary>Takes it; the sale's coupons must exist. Returns when the ledger has all that was sold.</summary>
    public static async Task<Measurement> TakeAsync(Contender contender, Workload work, ILoadClient client, CancellationToken stop)
    {
        await using var queues = QueueSampler.Start(contender, work.Sale);
        var clock = Stopwatch.StartNew();
        var before = CpuReading.Take();
        var load = await client.RunAsync(work, contender.Address, stop);
        var after = CpuReading.Take();
        var elapsed = clock.Elapsed;

        var backlog = queues is null ? null : await queues.EndAsync();
        var check = contender is Product product && work.Sale.Scenario.Steps.Contains(Step.Claim)
            ? await LedgerCheck.RunAsync(product, work.Sale, load, stop)
            : null;

        var cpu = contender.Processes.ToDictionary(part => part.Name, part => PerAnswer(after.Of(part.Pid) - before.Of(part.Pid)));
        cpu["client"] = PerAnswer(client.CpuTime(before, after));
        var foreign = after.ForeignSince(before) / (elapsed * Environment.ProcessorCount);
        return new Measurement(load, cpu, foreign, backlog, check);

        double PerAnswer(TimeSpan time) => time.TotalMicroseconds / Math.Max(1, load.Answers);
    }
}
