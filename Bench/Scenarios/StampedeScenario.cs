using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>A crowd claims a coupon of few units, so almost all claims are refused. Measures refusals.</summary>
internal static class StampedeScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("stampede", options, stage => new SaleScript(stage), progress, stop);
}
