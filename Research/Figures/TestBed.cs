using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Bench.Tokens;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;
using Spectre.Console;

namespace SecKill.Research.Figures;

/// <summary>What the measurements share: gateway and silo as two processes, warm, started when first needed.</summary>
internal sealed class TestBed(FiguresOptions options, IAnsiConsole console) : IAsyncDisposable
{
    private ClusterDeployment? _product;

    /// <summary>As given.</summary>
    public FiguresOptions Options => options;

    /// <summary>How often each measurement is made.</summary>
    public int Rounds => options.Measurement.Rounds;

    public TokenTerms Terms { get; } = TokenTerms.OfOwnServers();

    /// <summary>No check has failed so far.</summary>
    public bool IsRight { get; private set; } = true;

    /// <summary>The product's programs.</summary>
    public ProductPrograms Programs { get; } = ProductPrograms.Find(options.Measurement.Product);

    /// <summary>The product, warm.</summary>
    public async Task<ClusterDeployment> ProductAsync(CancellationToken stop)
    {
        if (_product is not null)
            return _product;
        _product = new ClusterDeployment(silos: 1, gateways: 1, Product.SettingsFor(Terms), programs: Programs);
        console.MarkupLine("starting gateway, silo, Redis and MySQL");
        await _product.StartAsync();
        await PlayAsync(LoadScenario.Sell, Load(_product) with { Duration = options.Measurement.WarmUp }, stop);
        return _product;
    }

    /// <summary>The usual load.</summary>
    public ScenarioOptions Load(ClusterDeployment product) => new()
    {
        Urls = [product.Address.OriginalString],
        Tokens = Terms,
        Connections = options.Measurement.Connections,
        Duration = options.Measurement.Duration,
        Warmup = TimeSpan.FromSeconds(1),
    };

    /// <summary>Plays a scenario, and prints every check that fails.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="load">The load.</param>
    /// <param name="stop">Ends it early.</param>
    /// <param name="entering">Called once, when a phase of the run is entered, with its name.</param>
    public async Task<ScenarioResult> PlayAsync(
        LoadScenario scenario, ScenarioOptions load, CancellationToken stop, Action<string>? entering = null)
    {
        var result = await scenario.RunAsync(load, new Phases(entering), stop);
        foreach (var check in result.Checks)
            Judge(check);
        return result;
    }

    /// <summary>Prints a check that fails; then the whole has failed.</summary>
    public void Judge(CheckResult check)
    {
        if (check.Passed)
            return;
        IsRight = false;
        console.MarkupLineInterpolated($"  [red bold]WRONG: {check.Name}: {check.Expected} expected, {check.Found} found[/]");
    }

    public async ValueTask DisposeAsync()
    {
        if (_product is not null)
            await _product.DisposeAsync();
    }

    private sealed class Phases(Action<string>? entering) : IProgress<RunProgress>
    {
        private string? _phase;

        public void Report(RunProgress value)
        {
            if (Interlocked.Exchange(ref _phase, value.Phase) != value.Phase)
                entering?.Invoke(value.Phase);
        }
    }
}
