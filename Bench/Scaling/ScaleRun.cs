using System.Diagnostics;
using SecKill.Bench.Cluster;
using SecKill.Bench.Commands;
using SecKill.Bench.Load;
using SecKill.Bench.Machine;
using SecKill.Bench.Reports;
using SecKill.Bench.Tokens;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;
using Spectre.Console;

namespace SecKill.Bench.Scaling;

/// <summary><c>bench scale</c>: a sale that goes on while the cluster changes its shape; then everything is checked.</summary>
internal sealed class ScaleRun(ScaleOptions options)
{
    private static readonly TimeSpan _loseNoMoreThan = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(5);

    private readonly IAnsiConsole _console = ReportConsole.Create(options.Json);
    private readonly List<ScaleStage> _stages = [];
    private bool _wasCutShort;

    /// <returns>The exit code.</returns>
    /// <exception cref="BenchException">It cannot be run.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var machine = await MachineFacts.OfMeasurementAsync("bench scale", options.InMemory);
        var (terms, programs) = (TokenTerms.OfOwnServers(), ProductPrograms.Find(options.Product));
        await using var cluster = new LocalCluster(programs, new Dictionary<string, string?>(ClientSettings.OfServers) { ["Auth__SigningKey"] = Convert.ToBase64String(terms.Key) });
        _console.MarkupLine("starting Redis, MySQL, a silo and a gateway");
        await cluster.StartAsync();
        await cluster.AddAsync(MemberKind.Silo);
        await cluster.AddAsync(MemberKind.Gateway);

        using var sale = new ScaledSale(await Reshaping.TargetAsync(cluster.GatewayMembers[0], stop), terms, options.ScarceUnits);
        await sale.AddCouponsAsync(options.Coupons, stop);
        var checks = await PlayAsync(cluster, sale, programs, stop);

        var isRight = checks.All(check => check.Passed);
        ScaleReport.Print(_stages, checks, _wasCutShort, machine, _console);
        if (options.Json is not null)
            await JsonReport.WriteAsync(new { machine, stages = _stages, checks, wasCutShort = _wasCutShort, isRight }, options.Json);
        return CommandLine.CodeOf(isRight);
    }

    /// <summary>Sells while the cluster changes; stops the load; checks.</summary>
    private async Task<IReadOnlyList<CheckResult>> PlayAsync(LocalCluster cluster, ScaledSale sale, ProductPrograms programs, CancellationToken stop)
    {
        using var run = new LoadRun(
            new LoadPlan { Connections = options.Connections, Rate = options.Rate }, [await Reshaping.TargetAsync(cluster.GatewayMembers[0], stop)], operations: 1);
        var buyers = Enumerable.Range(0, options.Connections).Select(connection => new Buyer(sale, connection)).ToArray();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = LoadEngine.RunAsync(run, (_, connection) => buyers[connection], "selling", ProgressDisplay.None, end.Token);
        try
        {
            await MeasureAsync("start", cluster, sale, run, stop);
            foreach (var step in options.Steps)
                await ChangeAsync(step, cluster, sale, run, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _wasCutShort = true;
            _console.MarkupLine("[yellow]cut short; what was done is checked[/]");
        }
        finally
        {
            await end.CancelAsync();
            await load;
        }
        return await CheckAsync(cluster, sale, [.. buyers.SelectMany(buyer => buyer.Undecided)], programs);
    }

    private async Task<IReadOnlyList<CheckResult>> CheckAsync(LocalCluster cluster, ScaledSale sale, IReadOnlyList<Attempt> undecided, ProductPrograms programs)
    {
        _console.MarkupLineInterpolated($"{sale.Judge.Decided:N0} claims were decided; asking once more for the {undecided.Count:N0} that were not, waiting for the drain, comparing name by name");
        using var expiry = new CancellationTokenSource(_timeout);
        foreach (var attempt in undecided)
            await sale.SettleAsync(attempt, expiry.Token);
        return await new ScaleCheck(sale, cluster).RunAsync(programs, expiry.Token);
    }

    private async Task ChangeAsync(ScaleStep step, LocalCluster cluster, ScaledSale sale, LoadRun run, CancellationToken stop)
    {
        var counts = run.Measured.ReadAll();
        var clock = Stopwatch.StartNew();
        var name = await Reshaping.ApplyAsync(step, cluster, run, stop);
        var (change, from) = (clock.Elapsed, Clock.Now);
        var soldAgain = await SoldAgainAsync(sale, from, name, stop);
        await sale.AddCouponsAsync(options.MoreCoupons, stop);
        await MeasureAsync(name, cluster, sale, run, stop, counts, change, soldAgain);
    }

    /// <summary>Waits until every coupon has decided a claim after a moment.</summary>
    private static async Task<TimeSpan> SoldAgainAsync(ScaledSale sale, long from, string after, CancellationToken stop)
    {
        while (sale.Coupons.FirstOrDefault(coupon => coupon.LastDecided <= from) is { } waiting)
        {
            if (Clock.Now - from > Clock.Ticks(_loseNoMoreThan))
                throw new BenchException($"{waiting.Name} was not sold again within {_loseNoMoreThan.TotalSeconds} s after {after}.");
            await Task.Delay(_look, stop);
        }
        return TimeSpan.FromSeconds(Clock.Seconds(Clock.Now - from));
    }

    private async Task MeasureAsync(
        string after, LocalCluster cluster, ScaledSale sale, LoadRun run, CancellationToken stop,
        OperationCounts? before = null, TimeSpan change = default, TimeSpan soldAgain = default)
    {
        await Task.Delay(options.Settling, stop);
        var meter = StageMeter.Start(cluster, sale);
        await Task.Delay(options.Measured, stop);
        var (rate, micros) = meter.Read();
        var placement = await PlacementReading.TakeAsync(cluster, stop);
        var counts = run.Measured.ReadAll();
        var stage = new ScaleStage(
            after, cluster.GatewayMembers.Count, cluster.SiloMembers.Count, change.TotalSeconds, soldAgain.TotalSeconds, sale.Coupons.Count,
            placement.ToDictionary(silo => silo.Silo.Name, silo => silo.Coupons), rate, micros,
            counts.Of(503) - (before?.Of(503) ?? 0), counts.Failures - (before?.Failures ?? 0));
        _stages.Add(stage);
        ScaleReport.PrintLine(stage, _console);
    }
}
