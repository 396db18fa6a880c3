using SecKill.Bench.Load;
using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>A kind of load: what is set up, what customers do, and what is checked afterwards.</summary>
/// <param name="Name">Its name in reports, and the command's.</param>
/// <param name="ScriptOf">What the customers do on a stage.</param>
/// <param name="IsSellerRegistered">Whether the seller needs an account, as others list its coupons.</param>
internal sealed record LoadScenario(string Name, Func<Stage, ScenarioOptions, Script> ScriptOf, bool IsSellerRegistered = false)
{
    /// <summary>The phase of the progress in which requests are measured.</summary>
    public const string Measuring = "measuring";

    /// <summary>The phase in which the result is checked.</summary>
    public const string Checking = "checking";

    /// <summary>One coupon that does not run out. Measures winning.</summary>
    public static LoadScenario Sell { get; } = new("sell", (stage, _) => new SaleScript(stage));

    /// <summary>One coupon of few units, so almost all claims are refused. Measures refusals.</summary>
    public static LoadScenario Stampede { get; } = Sell with { Name = "stampede" };

    /// <summary>Many coupons that do not run out; users are spread over them.</summary>
    public static LoadScenario Many { get; } = Sell with { Name = "many" };

    /// <summary>Most connections list a seller's coupons while the others claim them; lists must be fresh.</summary>
    public static LoadScenario Browse { get; } = new("browse", (stage, options) => new BrowseScript(stage, options), IsSellerRegistered: true);

    /// <summary>Each user lists its coupons, claims, and lists again: the list must show the win.</summary>
    public static LoadScenario Journey { get; } = new("journey", (stage, _) => new JourneyScript(stage));

    /// <summary>
    /// Sets up, loads, checks and reports. If <paramref name="stop"/> fires under load, the run ends early but is still checked and reported.
    /// </summary>
    /// <exception cref="BenchException">The server cannot be reached or refuses to be set up.</exception>
    public async Task<ScenarioResult> RunAsync(ScenarioOptions options, IProgress<RunProgress> progress, CancellationToken stop)
    {
        using var stage = await Stage.SetUpAsync(options, IsSellerRegistered, progress, stop);
        if (options.OnSale is { } tell)
            await tell(stage.Seller.Name, Stage.CouponName(0));
        var script = ScriptOf(stage, options);
        await script.PrepareAsync(stop);
        using var run = new LoadRun(options, stage.Targets, script.Operations.Count);
        await LoadEngine.RunAsync(run, script.VisitorOf, Measuring, progress, stop);

        progress.Report(new RunProgress(Checking, 0, 0, ""));
        var checks = await SaleCheck.RunAsync(stage, script, run);
        return ScenarioResult.Of(Name, run, script, stage, checks, stop.IsCancellationRequested);
    }
}
