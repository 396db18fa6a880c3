using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>One coupon that does not run out: every claim is won. Measures winning.</summary>
internal static class SellScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("sell", options, stage => new SaleScript(stage), progress, stop);
}
