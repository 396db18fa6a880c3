using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Bench.Tokens;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Deployments;
using Spectre.Console;

namespace SecKill.Research.Figures;

/// <summary>What the measurements share: gateway and silo as two processes, warm, started when first needed.</summary>
internal sealed class TestBed(FiguresOptions options, IAnsiConsole console) : IAsyncDisposable
{
    private ClusterDeployment? _product;

    /// <summary>As given.</summary>
    public FiguresOptions Options => options;

    /// <summary>For what is more than a figure.</summary>
    public IAnsiConsole Console => console;

    /// <summary>What tokens are made of.</summary>
    public TokenTerms Terms { get; } = TokenTerms.OfOwnServers();

    /// <summary>No check has failed so far.</summary>
    public bool IsRight { get; private set; } = true;

    /// <summary>The product's programs.</summary>
    public ProductPrograms Programs { get; } = ProductPrograms.Find(options.Product);

    /// <summary>The product, warm.</summary>
    public async Task<ClusterDeployment> ProductAsync(CancellationToken stop)
    {
        if (_product is not null)
            return _product;
        _product = new ClusterDeployment(silos: 1, gateways: 1, Product.SettingsFor(Terms), programs: Programs);
        console.MarkupLine("starting gateway, silo, Redis and MySQL");
        await _product.StartAsync();
        await PlayAsync(SellScenario.RunAsync, Load(_product) with { Duration = options.WarmUp }, stop);
        return _product;
    }

    /// <summary>The usual load.</summary>
    public ScenarioOptions Load(ClusterDeployment product) => new()
    {
        Urls = [product.Address.OriginalString],
        Tokens = Terms,
        Connections = options.Connections,
        Duration = options.Duration,
        Warmup = TimeSpan.FromSeconds(1),
    };

    /// <summary>Plays a scenario, and tells of every check that fails.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="load">The load.</param>
    /// <param name="stop">Ends it early.</param>
    /// <param name="entering">Called once, when a phase of the run is entered, with its name.</param>
    public async Task<ScenarioResult> PlayAsync(
        Func<ScenarioOptions, IProgress<RunProgress>, CancellationToken, Task<ScenarioResult>> scenario, ScenarioOptions load, CancellationToken stop,
        Action<string>? entering = null)
    {
        var result = await scenario(load, new Phases(entering), stop);
        foreach (var check in result.Checks.Where(check => !check.Passed))
        {
            IsRight = false;
            console.MarkupLineInterpolated($"  [red bold]WRONG: {check.Name}: {check.Expected} expected, {check.Found} found[/]");
        }
        return result;
    }

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
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
