namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// A sale on a real cluster (2 gateways, 3 silos, Redis with appendfsync always, MySQL), a crowd that claims, injected faults, and a
/// check of all answers given.
/// </summary>
internal sealed class Drill : IAsyncDisposable
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan _nextCommit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _resumeLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _askAgain = TimeSpan.FromMilliseconds(50);

    private int _commitsToLose;
    private int _commitsLost;

    private Drill(string name, int seed, ClusterDeployment cluster, bool hangUp)
    {
        Random = new Random(seed);
        Cluster = cluster;
        Report = new DrillReport(name, seed);
        Sale = new Sale(cluster);
        Crowd = new Crowd(Sale, seed, hangUp: hangUp);
    }

    /// <summary>For the faults; the crowd has its own, or its speed would change the faults.</summary>
    public Random Random { get; }

    public ClusterDeployment Cluster { get; }

    public Sale Sale { get; }

    public Crowd Crowd { get; }

    public DrillReport Report { get; }

    /// <summary>Starts the cluster and the sale, with the crowd in it.</summary>
    public static async Task<Drill> StartAsync(
        string name, int seed, int coupons = 20, int amount = 5_000, bool linked = false, bool hangUp = false, RedisGroup? redis = null,
        SplitNetwork? network = null, bool clocks = false, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var drill = new Drill(name, seed, new ClusterDeployment(group: redis, silos: 3, gateways: 2, settings: settings, linked: linked, network: network, clocks: clocks), hangUp);
        try
        {
            await drill.Cluster.StartAsync();
            await drill.Sale.OpenAsync(coupons, amount);
            drill.Report.Note($"on sale: {coupons} coupons of {amount} pieces");
            drill.Crowd.Start();
            return drill;
        }
        catch
        {
            await drill.DisposeAsync();
            throw;
        }
    }

    /// <summary>Injects faults one after the other: each lasts for a while, heals, and sales resume. Then checks and reports.</summary>
    /// <param name="rounds">The number of faults.</param>
    /// <param name="choose">Chooses the next fault.</param>
    /// <param name="lastsAtMostMs">The longest duration of a fault; the seed decides.</param>
    public async Task RunAsync(int rounds, Func<Fault> choose, int lastsAtMostMs)
    {
        var resumed = new Durations();
        for (var round = 1; round <= rounds; round++)
        {
            await PauseAsync(1_500);
            var fault = choose();
            await fault.StrikeAsync();
            await PauseAsync(lastsAtMostMs);
            await fault.HealAsync();
            var after = await ResumesAsync();
            resumed.Add(after);
            Report.Note($"{round}: {fault.Name}; sold again {after.TotalSeconds:0.0} s after it was over; {Sale.Wins} wins");
        }
        await EndAsync($"{rounds} faults; sold again after each was over: {resumed}");
    }

    /// <summary>Checks the sale, and reports what the drill measured.</summary>
    public async Task EndAsync(FormattableString measured)
    {
        await CheckAsync();
        var commits = _commitsToLose == 0 ? "" : $"; {_commitsLost} commits lost";
        Report.Figure($"0 lost, 0 oversold of {Sale.Wins} wins; {measured}{commits}; slowest answer {Sale.Slowest.TotalSeconds:0.0} s");
        // A single attempt may find a sale that is sold out.
        Assert.True(_commitsToLose <= 1 || _commitsLost > 0, $"None of {_commitsToLose} commits was lost.");
    }

    /// <summary>Has a silo's next commit lose something, or another silo's if that one has none to make.</summary>
    /// <param name="first">The silo that is tried first.</param>
    /// <returns>The silo whose commit it was; the first if there was none.</returns>
    public async Task<int> LoseCommitAsync(int first, LinkLoss loss)
    {
        _commitsToLose++;
        foreach (var silo in Enumerable.Range(first, Cluster.Silos.Count).Select(i => i % Cluster.Silos.Count))
        {
            if (await Cluster.Links[silo].MySql.LoseAfterAsync("commit", loss, _nextCommit))
            {
                _commitsLost++;
                return silo;
            }
        }
        Report.Note($"there was no commit to lose");
        return first;
    }

    /// <summary>Waits until a new customer got an answer for every coupon: a win, or a true sold-out.</summary>
    /// <returns>How long that took from now on.</returns>
    public async Task<TimeSpan> ResumesAsync()
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Sale.Coupons.Select(async coupon =>
        {
            var customer = Names.Fresh("probe");
            while (await Sale.ClaimAsync(coupon, customer) == Heard.Unknown)
            {
                Assert.True(clock.Elapsed < _resumeLimit, $"{coupon.Name} is not sold {clock.Elapsed.TotalSeconds:0} s after the fault.\n{WhatTheyWrote()}");
                await Task.Delay(_askAgain, TestContext.Current.CancellationToken);
            }
        }));
        return clock.Elapsed;
    }

    /// <summary>Some time, decided by the seed.</summary>
    public Task PauseAsync(int atMostMs) => Task.Delay(Random.Next(atMostMs), TestContext.Current.CancellationToken);

    /// <summary>Stops the crowd and checks that every answer was true, and that Redis, SQL, left and the winners' lists agree.</summary>
    private async Task CheckAsync()
    {
        await Crowd.StopAsync();
        var clock = Stopwatch.StartNew();
        try
        {
            await Sale.CheckAsync(_drained);
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"{fault.Message}\n{WhatTheyWrote()}", fault);
        }
        Report.Note($"all is as it was answered, checked in {clock.Elapsed.TotalSeconds:0} s; {Sale.Wins} wins");
    }

    private string WhatTheyWrote() => string.Join('\n', Cluster.GatewayNodes.Concat(Cluster.Silos).Select(node => $"--- {node.Address} wrote last:\n{node.Output}"));

    public async ValueTask DisposeAsync()
    {
        await Crowd.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
