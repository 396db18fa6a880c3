using SecKill.Bench;
using SecKill.Bench.Tokens;
using SecKill.Research.Compare.Clients;
using SecKill.Research.Compare.Contenders;
using SecKill.Tests.LocalServers.Servers;
using Spectre.Console;

namespace SecKill.Research.Compare;

/// <summary>Measures all targets in turn, round by round, so that noise of the machine affects them alike.</summary>
internal sealed class Comparison(CompareOptions options, IReadOnlyList<Contender> contenders, ILoadClient client, TokenTerms terms, IAnsiConsole console)
{
    private const int MaxAttempts = 6;
    // Of the rate seen so far; a target that is faster still has its measurement repeated with more users.
    private const double SpareUsers = 1.6;
    private const int LeastUsersPerSecond = 20_000;

    private readonly string _folder = RunFolder.Create("users");
    private double _highestRate;
    private int _sales;

    /// <summary>Runs a scenario.</summary>
    /// <returns>The measurements of each target, in the order of the rounds.</returns>
    public async Task<IReadOnlyDictionary<Contender, List<Measurement>>> RunAsync(ComparedScenario scenario, CancellationToken stop)
    {
        console.MarkupLineInterpolated($"[bold]{scenario.Name}[/]: {scenario.Says}");
        _highestRate = LeastUsersPerSecond;
        if (contenders.OfType<Nginx>().SingleOrDefault() is { } nginx)
        {
            nginx.Body = scenario.IsListing ? await ListingAsync(scenario, stop) : null;
            await nginx.StartAsync(stop);
        }
        foreach (var contender in contenders)
        {
            var warm = await MeasureOnceAsync(contender, scenario, options.Measurement.WarmUp, stop);
            Tell("warm-up", contender, warm, "");
        }

        var measurements = contenders.ToDictionary(contender => contender, _ => new List<Measurement>());
        for (var round = 1; round <= options.Measurement.Rounds; round++)
        {
            foreach (var contender in contenders)
                measurements[contender].Add(await MeasureAsync(contender, scenario, round, stop));
        }
        return measurements;
    }

    private async Task<Measurement> MeasureAsync(Contender contender, ComparedScenario scenario, int round, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var measurement = await MeasureOnceAsync(contender, scenario, options.Measurement.Duration, stop);
            var fault = measurement switch
            {
                { Check.IsRight: false } => null,
                { Load.RanOutOfUsers: true } when Sells(contender, scenario) => "more users are needed",
                _ when measurement.ForeignLoad > options.MaxForeignLoad => $"others took {measurement.ForeignLoad:p1} of the machine",
                _ => null,
            };
            var isLast = attempt == MaxAttempts;
            Tell($"round {round}/{options.Measurement.Rounds}", contender, measurement, fault is null ? "" : $"[yellow]{fault}: {(isLast ? "kept all the same" : "again")}[/]");
            if (fault is null || isLast)
                return measurement;
        }
    }

    private async Task<Measurement> MeasureOnceAsync(Contender contender, ComparedScenario scenario, TimeSpan duration, CancellationToken stop)
    {
        var sale = new MeasuredSale(scenario, ++_sales);
        await contender.PrepareAsync(sale, stop);
        // Targets that sell nothing may see the same users again, so no tokens need be minted at nginx's rate.
        var users = (int)(_highestRate * SpareUsers * duration.TotalSeconds) + (options.Measurement.Connections * 100);
        using var file = await UserFile.WriteAsync(_folder, sale.Number, users, terms, stop);
        var measurement = await Measurement.TakeAsync(contender, new Workload(file, sale, options.Measurement.Connections, duration), client, stop);
        if (Sells(contender, scenario))
            _highestRate = Math.Max(_highestRate, measurement.Load.Rate / scenario.Steps.Count);
        return measurement;
    }

    /// <summary>What nginx has to answer in place of the product.</summary>
    private async Task<string> ListingAsync(ComparedScenario scenario, CancellationToken stop)
    {
        var source = contenders.OfType<Product>().Cast<Contender>().Concat(contenders.OfType<Textbook>()).FirstOrDefault()
            ?? throw new BenchException("nginx is to answer with the product's or the textbook's listing: add one of them to --targets.");
        var sale = new MeasuredSale(scenario, ++_sales);
        await source.PrepareAsync(sale, stop);
        return await new Seller(source.Address, sale, terms).ListingAsync();
    }

    private static bool Sells(Contender contender, ComparedScenario scenario) =>
        contender is Product or Textbook && scenario.Steps.Contains(Step.Claim);

    private void Tell(string phase, Contender contender, Measurement measurement, string markup)
    {
        var load = measurement.Load;
        var errors = load.Failures + load.Faults;
        console.MarkupLine(
            $"  {phase,-10} {contender.Name,-17} {load.Rate,9:n0} req/s   p50 {load.P50.TotalMilliseconds,6:n2} ms   p99 {load.P99.TotalMilliseconds,6:n2} ms"
            + (errors == 0 ? "" : $"   [red]{errors:n0} errors[/]") + (markup.Length == 0 ? "" : $"   {markup}"));
        if (measurement.Check is { IsRight: false } check)
            console.MarkupLineInterpolated($"  [red bold]WRONG: {check}[/]");
    }
}
