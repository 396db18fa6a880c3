using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>A crowd wants a coupon of few pieces: after a moment everybody is refused. Measures refusing.</summary>
internal static class StampedeScenario
{
    /// <summary>Plays it.</summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop) =>
        ScenarioRunner.RunAsync("stampede", options, stage => new SaleScript(stage), progress, stop);
}
