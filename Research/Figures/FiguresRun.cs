using SecKill.Bench;
using SecKill.Bench.Commands;
using SecKill.Bench.Machine;
using SecKill.Bench.Reports;
using SecKill.Tests.LocalServers.Servers;
using Spectre.Console;

namespace SecKill.Research.Figures;

/// <summary><c>research figures</c>: measures, prints, and stops what it has started.</summary>
internal static class FiguresRun
{
    /// <summary>All measurements by name, in the order in which they are made.</summary>
    public static IReadOnlyDictionary<string, Func<TestBed, CancellationToken, IAsyncEnumerable<Figure>>> Groups { get; } =
        new Dictionary<string, Func<TestBed, CancellationToken, IAsyncEnumerable<Figure>>>
        {
            ["latency"] = HalfRateLatency.MeasureAsync,
            ["drain"] = DrainAlone.MeasureAsync,
            ["flood"] = LogInFlood.MeasureAsync,
            ["connections"] = ManyConnections.MeasureAsync,
            ["watchers"] = Watchers.MeasureAsync,
            ["sizes"] = Sizes.MeasureAsync,
            ["accounts"] = Registrations.MeasureAsync,
            ["start"] = ColdStart.MeasureAsync,
        };

    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">It cannot be measured.</exception>
    public static async Task<int> RunAsync(FiguresOptions options, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
            throw new BenchException("research figures reads /proc, so it needs Linux.");
        var console = ReportConsole.Create(options.Json);
        // In memory an fsync costs nothing, which would flatter the product.
        RunFolder.OnDisk = true;
        var machine = await MachineFacts.ReadAsync(RunFolder.Create("figures"));
        var figures = new List<Figure>();
        await using var bed = new TestBed(options, console);
        foreach (var group in options.Groups)
        {
            await foreach (var figure in Groups[group](bed, stop))
            {
                console.MarkupLineInterpolated($"  {figure.Group,-12} {figure.Name,-62} {figure.Value,12:#,0.##} {figure.Unit}");
                figures.Add(figure);
            }
        }
        if (options.Json is not null)
            await JsonReport.WriteAsync(new { machine, figures, isRight = bed.IsRight }, options.Json);
        return bed.IsRight ? CommandLine.Good : CommandLine.CheckFailed;
    }
}
