using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>Simulates a whole sale, to test an installation beforehand.</summary>
internal static class SaleRehearsal
{
    /// <summary>Plays it; <paramref name="sale"/> can be looked at meanwhile.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static async Task<ScenarioResult> RunAsync(SaleProgress sale, IProgress<RunProgress> progress, CancellationToken stop)
    {
        var options = sale.Options;
        // The shoppers know when they come and when they are through.
        var server = options.Server with
        {
            Users = options.Users,
            Connections = Math.Min(options.Server.Connections, options.Users),
            Duration = null,
            Requests = null,
            Warmup = TimeSpan.Zero,
            Rate = null,
        };
        var result = await ScenarioRunner.RunAsync("rehearse", server, stage => new RehearsalScript(stage, sale), progress, stop);
        return result with { Rehearsal = RehearsalResult.Of(sale) };
    }
}
