using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>What all scenarios have in common: set up, load, check, report.</summary>
internal static class ScenarioRunner
{
    /// <summary>The phase of the progress in which requests are measured.</summary>
    public const string Measuring = "measuring";

    /// <summary>The phase in which its result is checked.</summary>
    public const string Checking = "checking";

    /// <summary>
    /// Runs a script. If <paramref name="stop"/> fires under load, the run ends early but is still checked and reported.
    /// </summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public static async Task<ScenarioResult> RunAsync(
        string scenario, ScenarioOptions options, Func<Stage, Script> scriptOf, IProgress<RunProgress> progress, CancellationToken stop, bool isSellerRegistered = false)
    {
        using var stage = await Stage.SetUpAsync(options, isSellerRegistered, progress, stop);
        if (options.OnSale is { } tell)
            await tell(stage.Seller.Name, Stage.CouponName(0));
        var script = scriptOf(stage);
        using var run = new LoadRun(PlanOf(options, stage), script.Operations.Count);
        await LoadEngine.RunAsync(run, script.VisitorOf, Measuring, progress, stop);

        progress.Report(new RunProgress(Checking, 0, 0, ""));
        var checks = await SaleCheck.RunAsync(stage, script, run);
        return ScenarioResult.Of(scenario, run, script, stage, checks, stop.IsCancellationRequested);
    }

    private static LoadPlan PlanOf(ScenarioOptions options, Stage stage) => new()
    {
        Targets = stage.Targets,
        Connections = options.Connections,
        Duration = options.Duration,
        Requests = options.Requests,
        Warmup = options.Warmup,
        Rate = options.Rate,
        Timeout = options.Timeout,
    };
}
