using System.Globalization;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: MySQL is down, full, or fails in mid-operation, during a sale.</summary>
[Collection(Alone.Name)]
public sealed class MySqlDrills
{
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopped = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(180);

    [Theory(Explicit = true)]
    [InlineData("killed")]
    [InlineData("frozen")]
    [InlineData("out of connections")]
    public async Task MySql_away_for_a_minute(string how)
    {
        await using var drill = await Drill.StartAsync($"MySQL {how} for 60 s", DrillTerms.Seed, linked: true);
        await drill.ResumesAsync();
        var fault = how switch
        {
            "killed" => Faults.KillMySql(drill),
            "frozen" => Faults.FreezeMySql(drill),
            _ => Faults.TakeConnections(drill),
        };
        var (clock, before, undecided) = (Stopwatch.StartNew(), drill.Sale.Wins, drill.Sale.Undecided);
        await fault.StrikeAsync();
        await Task.Delay(_away, TestContext.Current.CancellationToken);
        await fault.HealAsync();
        var (backlog, away) = (drill.Sale.Wins - before, clock.Elapsed);
        drill.Report.Note($"{fault.Name}: {backlog} wins in {away.TotalSeconds:0} s, {drill.Sale.Undecided - undecided} claims undecided; it is back");
        clock.Restart();
        await Eventually.HoldsAsync(
            "the queues are as short as they were", "less than a second's claims", () => UndrainedAsync(drill), waiting => waiting < 400, _drained);
        var caughtUp = clock.Elapsed;
        await drill.EndAsync($"sold on: {backlog} in {away.TotalSeconds:0} s; drained {caughtUp.TotalSeconds:0.0} s after it was back, that is at {(backlog / caughtUp.TotalSeconds) / (backlog / away.TotalSeconds):0.0} times the rate of arrival at least");
    }

    /// <summary>A stopping silo cannot drain its outboxes while SQL is down.</summary>
    [Fact(Explicit = true)]
    public async Task Stop_silo_while_mysql_is_frozen()
    {
        await using var drill = await Drill.StartAsync("stop a silo while MySQL is frozen", DrillTerms.Seed);
        var (stopped, resumed) = (new Durations(), new Durations());
        for (var round = 1; round <= DrillTerms.Rounds(6); round++)
        {
            await drill.PauseAsync(2_000);
            var silo = drill.Cluster.Silos[drill.Random.Next(drill.Cluster.Silos.Count)];
            await drill.Cluster.MySqlServer.SignalAsync("STOP");
            await drill.PauseAsync(2_000);
            var clock = Stopwatch.StartNew();
            await silo.StopAsync();
            var took = clock.Elapsed;
            stopped.Add(took);
            Assert.True(took < _stopped, $"The silo stopped only after {took.TotalSeconds:0.0} s. It wrote last:\n{silo.Output}");
            resumed.Add(await drill.ResumesAsync());
            await drill.Cluster.MySqlServer.SignalAsync("CONT");
            await silo.StartAsync();
            drill.Report.Note($"{round}: stopped in {took.TotalSeconds:0.0} s; slowest answer so far {drill.Sale.Slowest.TotalSeconds:0.0} s; {drill.Sale.Wins} wins");
        }
        await drill.EndAsync($"the silo had stopped after: {stopped}; all sold on by the others after: {resumed}");
        Assert.True(drill.Sale.Slowest < Sale.Answered, $"Some claim was answered only after {drill.Sale.Slowest.TotalSeconds:0.0} s.");
    }

    [Fact(Explicit = true)]
    public async Task Crash_between_commit_and_acknowledgement()
    {
        await using var drill = await Drill.StartAsync("crash around a commit", DrillTerms.Seed, linked: true);
        await drill.RunAsync(DrillTerms.Rounds(40), () => AroundCommit(drill), lastsAtMostMs: 1);
    }

    /// <summary>
    /// MySQL is replaced by a copy some seconds old; Redis and the silos live on. Rows of coupons created meanwhile are lost and their
    /// ids are given to later ones; one coupon sold out meanwhile, so no claim comes for it any more.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task MySql_falls_back()
    {
        await using var drill = await Drill.StartAsync(
            "MySQL falls back", DrillTerms.Seed, coupons: 8, settings: new Dictionary<string, string?> { ["Coupons__LedgerCheckInterval"] = "00:00:03" });
        var (resumed, noticed, rounds, sold) = (new Durations(), new Durations(), DrillTerms.Rounds(10), 8);
        for (var round = 1; round <= rounds; round++)
        {
            await drill.Sale.OpenAsync(coupons: 1, amount: 30);
            var quiet = drill.Sale.Coupons[sold];
            await drill.Cluster.MySqlServer.KeepCopyAsync();
            await drill.Sale.OpenAsync(coupons: 2, amount: 3_000);
            for (var i = 0; i < 40; i++)
                await drill.Sale.ClaimUntilDecidedAsync(quiet, Names.Fresh("quick"));
            await drill.PauseAsync(4_000);
            await Eventually.EqualAsync("the sold out coupon is drained", 0L, () => QueuedAsync(drill, quiet), _drained);
            await drill.Cluster.MySqlServer.FallBackAsync();
            var clock = Stopwatch.StartNew();
            await drill.Sale.OpenAsync(coupons: 2, amount: 3_000);
            sold = drill.Sale.Coupons.Count;
            await Eventually.HoldsAsync("a silo notices", "coupons behind", () => BehindAsync(drill), behind => behind > 0, _drained);
            noticed.Add(clock.Elapsed);
            var repair = await RunSiloAsync(drill, "--repair");
            resumed.Add(await drill.ResumesAsync());
            drill.Report.Note($"{round}: noticed after {clock.Elapsed.TotalSeconds:0.0} s; {repair.Split('\n')[^1]} {drill.Sale.Wins} wins");
        }
        await drill.EndAsync($"{rounds} times, 0 owned by strangers; noticed: {noticed}; sold again after the repair: {resumed}");
        await RunSiloAsync(drill, "--audit");
        await Eventually.EqualAsync("the silos say that all is well", 0.0, () => BehindAsync(drill), _drained);
    }

    private static async Task<double> BehindAsync(Drill drill)
    {
        using var http = new HttpClient();
        var scrapes = await Task.WhenAll(drill.Cluster.Silos.Select(silo => http.GetStringAsync(new Uri(silo.Address, "/metrics"))));
        return scrapes.SelectMany(scrape => scrape.Split('\n')).Where(line => line.StartsWith("seckill_ledger_behind{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Runs a command of the silo's, as an operator does.</summary>
    /// <returns>What it wrote.</returns>
    private static async Task<string> RunSiloAsync(Drill drill, string command)
    {
        await using var process = await ServerProcess.StartAsync(new ServerCommand(Node.DotNet, [Deployment.BuiltProgram("Silo"), command])
        {
            Environment = new Dictionary<string, string?>
            {
                ["ConnectionStrings__Redis"] = drill.Cluster.RedisServer.ConnectionString,
                ["ConnectionStrings__MySql"] = drill.Cluster.MySqlServer.ConnectionString,
            },
        });
        var code = await process.ExitedAsync(_drained);
        Assert.True(code == 0, $"{command} ended with {code}:\n{process.Output}");
        return process.Output.TrimEnd();
    }

    private static async Task<long> QueuedAsync(Drill drill, OnSale coupon) =>
        await drill.Cluster.Redis!.GetDatabase().ListLengthAsync(StockKeys.OfCoupon(CouponId.Known(coupon.Seller, coupon.Name))[2]);

    /// <summary>Every third time the silo dies just after its commit has arrived.</summary>
    private static Fault AroundCommit(Drill drill)
    {
        if (drill.Random.Next(3) > 0)
            return Faults.LoseCommit(drill);
        var i = drill.Random.Next(drill.Cluster.Silos.Count);
        return new Fault("a silo killed at its commit", async () =>
        {
            i = await drill.LoseCommitAsync(i, LinkLoss.AnswerInSilence);
            await drill.Cluster.Silos[i].KillAsync();
        }, () => drill.Cluster.Silos[i].StartAsync());
    }

    private static async Task<long> UndrainedAsync(Drill drill)
    {
        return (await Task.WhenAll(drill.Sale.Coupons.Select(coupon => QueuedAsync(drill, coupon)))).Sum();
    }
}
