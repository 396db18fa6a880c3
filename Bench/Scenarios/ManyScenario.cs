using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>Many coupons sell at once without running out; users are spread over them.</summary>
internal static class ManyScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("many", options, stage => new SaleScript(stage), progress, stop);
}
