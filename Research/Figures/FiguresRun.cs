using SecKill.Bench;
using SecKill.Bench.Commands;
using SecKill.Bench.Machine;
using SecKill.Bench.Reports;
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
            ["redemptions"] = Redemptions.MeasureAsync,
            ["sizes"] = Sizes.MeasureAsync,
            ["accounts"] = Registrations.MeasureAsync,
            ["start"] = ColdStart.MeasureAsync,
        };

    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">It cannot be measured.</exception>
    public static async Task<int> RunAsync(FiguresOptions options, CancellationToken stop)
    {
        var console = ReportConsole.Create(options.Measurement.Json);
        var machine = await MachineFacts.OfMeasurementAsync("research figures");
        var figures = new List<object>();
        await using var bed = new TestBed(options, console);
        foreach (var group in options.Groups)
        {
            await foreach (var figure in Groups[group](bed, stop))
            {
                console.MarkupLineInterpolated($"  {group,-12} {figure.Name,-62} {figure.Value,12:#,0.##} {figure.Unit}");
                figures.Add(new { group, figure.Name, figure.Value, figure.Unit });
            }
        }
        if (options.Measurement.Json is { } json)
            await JsonReport.WriteAsync(new { machine, figures, isRight = bed.IsRight }, json);
        return CommandLine.CodeOf(bed.IsRight);
    }
}
