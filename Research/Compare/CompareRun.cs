using SecKill.Bench;
using SecKill.Bench.Commands;
using SecKill.Bench.Machine;
using SecKill.Bench.Reports;
using SecKill.Bench.Tokens;
using SecKill.Research.Compare.Clients;
using SecKill.Research.Compare.Contenders;
using SecKill.Research.Compare.Report;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;
using Spectre.Console;

namespace SecKill.Research.Compare;

/// <summary><c>research compare</c>: starts what is needed, compares, reports, and stops all of it.</summary>
internal static class CompareRun
{
    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">It cannot be measured.</exception>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken stop)
    {
        var console = ReportConsole.Create(options.Measurement.Json);
        var report = await CompareAsync(options, console, stop);
        ReportTable.Print(report, console);
        if (options.Measurement.Json is { } json)
            await JsonReport.WriteAsync(report, json);
        return CommandLine.CodeOf(report.IsRight);
    }

    private static async Task<ComparisonReport> CompareAsync(CompareOptions options, IAnsiConsole console, CancellationToken stop)
    {
        var machine = await MachineFacts.OfMeasurementAsync("research compare");
        var client = NewClient(options);
        var terms = TokenTerms.OfOwnServers();
        var contenders = new List<Contender>();
        try
        {
            foreach (var contender in Contenders(options, terms))
            {
                contenders.Add(contender);
                console.MarkupLineInterpolated($"starting {contender.Name}");
                await contender.StartAsync(stop);
            }
            var comparison = new Comparison(options, contenders, client, terms, console);
            var scenarios = new List<ScenarioReport>();
            foreach (var scenario in options.Scenarios)
                scenarios.Add(ScenarioReport.Of(scenario, await comparison.RunAsync(scenario, stop)));
            return new ComparisonReport(
                machine, client.Name, options.Measurement.Connections, options.Measurement.Duration.TotalSeconds, scenarios);
        }
        finally
        {
            foreach (var contender in contenders)
                await contender.DisposeAsync();
        }
    }

    private static ILoadClient NewClient(CompareOptions options)
    {
        var wrk = Installed.Find("wrk");
        if (options.Client == "bench" || (options.Client is null && wrk is null))
            return new BenchClient();
        return new WrkClient(wrk ?? throw new BenchException("wrk is not installed. Install it (Debian: apt-get install wrk), or use --client bench."));
    }

    private static IEnumerable<Contender> Contenders(CompareOptions options, TokenTerms terms)
    {
        if (options.Targets.Contains("nginx"))
        {
            yield return new Nginx(Installed.Find("nginx") ?? throw new BenchException(
                "nginx is not installed. Install it (Debian: apt-get install nginx-light), or leave it out: --targets noop,textbook,product."));
        }
        if (options.Targets.Contains("noop"))
            yield return new Noop(terms.Key);
        if (options.Targets.Contains("textbook"))
            yield return new Textbook(terms);
        if (!options.Targets.Contains("product"))
            yield break;
        var programs = ProductPrograms.Find(options.Measurement.Product);
        foreach (var name in options.Deployments)
            yield return Product.Of(name, programs, terms);
    }
}
