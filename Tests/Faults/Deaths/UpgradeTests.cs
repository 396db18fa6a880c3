using System.Globalization;
using Microsoft.Data.Sqlite;
using SecKill.Tests.Faults.Drills;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>
/// An upgrade across a protocol number: the programs of before stop, the new ones go on with what they left. The two never run beside each
/// other.
/// </summary>
public sealed class UpgradeTests(UpgradeTests.Earlier earlier) : IClassFixture<UpgradeTests.Earlier>
{
    private const int EarlierNumber = 3;
    private const int EarlierSchema = 10;

    private static readonly TimeSpan _ends = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);

    /// <summary>The programs of before, built once.</summary>
    public sealed class Earlier : IAsyncLifetime
    {
        private ProductPrograms? _programs;
        private string _missing = "";

        /// <summary>Skips the test where they cannot be had.</summary>
        public ProductPrograms Programs
        {
            get
            {
                Assert.SkipWhen(_programs is null, _missing);
                return _programs;
            }
        }

        public async ValueTask InitializeAsync() => (_programs, _missing) = await EarlierPrograms.FindAsync(EarlierPrograms.OfNumberBefore);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Programs_that_stopped_with_full_outboxes_are_followed_without_losing_or_rebuilding_anything()
    {
        await using var cluster = new UpgradedCluster(earlier.Programs);
        await cluster.StartAsync();
        var (silo, gateway) = await cluster.StartEarlierAsync();
        var sale = new Sale(cluster);
        await sale.OpenAsync(coupons: 6, amount: 150);
        await sale.RushAsync(50);
        await SomeArePersistedAsync(cluster);
        await cluster.MySqlServer.SetReadOnlyAsync(true);
        await sale.RushAsync(50);
        await gateway.StopAsync(_ends);
        await silo.StopAsync(_ends);
        Report("stopped");
        await cluster.MySqlServer.SetReadOnlyAsync(false);
        Assert.InRange(await NumberAsync(cluster, "SELECT COUNT(*) FROM claims"), 1, sale.Wins - 1);
        var epochs = await EpochsAsync(cluster);

        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync();
        Report("new ones are ready");

        // Before any request for the coupons.
        await sale.CheckPromisedAreDrainedAsync();
        await sale.CheckAsync(_drained);
        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
        Assert.Equal(epochs, await EpochsAsync(cluster));
        await FeedIsCompleteAsync(cluster, coupons: 6, amount: 150);
        var (code, output, errors) = await cluster.CommandAsync("--audit", "--deep");
        Assert.True(code == 0 && output.Contains("6 coupons: 6 agree, 0 agree and are being drained, 0 will be rebuilt", StringComparison.Ordinal), output + errors);
        Report("all is checked");

        // The programs of before are started once more.
        var (oldSilo, oldGateway) = (cluster.EarlierSilo(), cluster.EarlierGateway());
        await Task.WhenAll(oldSilo.LaunchAsync(), oldGateway.LaunchAsync());
        await RefusesAsync(oldSilo, $"this program knows {EarlierSchema} at most. Start a newer version of it.");
        await RefusesAsync(oldGateway, $"runs a program of another protocol number ({EarlierNumber + 1}; this one has {EarlierNumber}).");
        var rebuild = await cluster.EarlierCommandAsync("--rebuild", sale.Coupons[0].Seller, sale.Coupons[0].Name);
        Assert.True(rebuild.Code == 1 && rebuild.Errors.StartsWith(
            $"The ledger is of programs with protocol number {EarlierNumber + 1}, ", StringComparison.Ordinal), rebuild.Output + rebuild.Errors);
        Assert.Equal(epochs, await EpochsAsync(cluster));
        await sale.CheckAsync(_drained);
    }

    [Fact]
    public async Task New_programs_beside_old_ones_end_with_a_line_and_change_nothing_until_the_old_ones_are_dead()
    {
        await using var cluster = new UpgradedCluster(earlier.Programs);
        await cluster.StartAsync();
        var (silo, gateway) = await cluster.StartEarlierAsync();
        var sale = new Sale(cluster);
        await sale.OpenAsync(coupons: 3, amount: 100);
        await sale.RushAsync(20);
        var mark = await cluster.Redis!.GetDatabase().StringGetAsync("deployment");
        var running = $"Silo S127.0.0.1:{silo.SiloPort}:";

        var beside = new[] { cluster.Silo(), cluster.Silo(new Dictionary<string, string?> { ["Cluster__Id"] = "of-another-name" }), cluster.Gateway() };
        await Task.WhenAll(beside.Select(node => node.LaunchAsync()));
        foreach (var node in beside)
            await RefusesAsync(node, running, "Stop all gateways and silos of the service, then start these:");
        Report("new ones were refused");
        var repair = await cluster.CommandAsync("--repair");
        Assert.True(
            repair.Code == 1 && repair.Errors.StartsWith($"The ledger is of programs with protocol number {EarlierNumber}, ", StringComparison.Ordinal), repair.Output);

        Assert.Equal(EarlierSchema, await NumberAsync(cluster, "SELECT MAX(version) FROM schema_version"));
        Assert.Equal(mark, await cluster.Redis!.GetDatabase().StringGetAsync("deployment"));
        await sale.RushAsync(20);
        await sale.CheckAsync(_drained);

        // A silo that is frozen may go on at any time.
        await silo.SignalAsync("STOP");
        await beside[0].LaunchAsync();
        await RefusesAsync(beside[0], running);
        Assert.Equal(EarlierSchema, await NumberAsync(cluster, "SELECT MAX(version) FROM schema_version"));
        Report("one beside a frozen silo was refused");

        await silo.KillAsync();
        await cluster.StartSiloAsync();
        Report("one after a killed silo was ready");
        // The gateway of before was left running, and its silo's address is that of a new one.
        await Eventually.EqualAsync("the gateway of before finds no silo", false, gateway.IsReadyAsync, _ends);
        Report("the gateway of before was not ready");
        Assert.Equal(Heard.Unknown, await sale.ClaimAsync(sale.Coupons[0], Names.Fresh("late")));
        Assert.True(gateway.IsRunning, gateway.Output);
        await gateway.StopAsync(_ends);
        await cluster.StartGatewayAsync();
        await sale.CheckAsync(_drained);
        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
        await FeedIsCompleteAsync(cluster, coupons: 3, amount: 100);
    }

    [Fact]
    public async Task The_programs_of_before_go_on_with_what_the_new_ones_sold_until_a_coupon_uses_what_they_do_not_know()
    {
        await using var cluster = new UpgradedCluster(earlier.Programs);
        await cluster.StartAsync();
        var (silo, gateway) = (await cluster.StartSiloAsync(), await cluster.StartGatewayAsync());
        var sale = new Sale(cluster);
        await sale.OpenAsync(coupons: 3, amount: 100);
        // What both know is no obstacle: a window, and a change.
        var changed = await SellersCoupon.CreateAsync(cluster, amount: 60, ends: DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds());
        Assert.Equal(200, (await changed.DecidedAsync(Change.Amount(50))).Status);
        await WinsAsync(cluster, changed);
        await sale.RushAsync(30);
        await cluster.MySqlServer.SetReadOnlyAsync(true);
        await sale.RushAsync(10);
        await gateway.StopAsync(_ends);
        await silo.StopAsync(_ends);
        await cluster.MySqlServer.SetReadOnlyAsync(false);

        var (code, _, errors) = await cluster.CommandAsync("--roll-back");
        Assert.True(code == 0, errors);
        Report("gave the stores back");
        (silo, gateway) = await cluster.StartEarlierAsync();
        await sale.CheckPromisedAreDrainedAsync();
        await sale.RushAsync(10);
        await sale.CheckAsync(_drained);
        await WinsAsync(cluster, changed);
        await gateway.StopAsync(_ends);
        await silo.StopAsync(_ends);
        Report("those of before sold");

        (silo, gateway) = (await cluster.StartSiloAsync(), await cluster.StartGatewayAsync());
        await WinsAsync(cluster, changed);
        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
        await FeedIsCompleteAsync(cluster, coupons: 3, amount: 100);
        var waited = await SellersCoupon.CreateAsync(cluster, amount: 1, returns: "once", waitlist: 10);
        await gateway.StopAsync(_ends);
        await silo.StopAsync(_ends);

        // Though nothing of it is sold yet.
        (code, _, errors) = await cluster.CommandAsync("--roll-back");
        Assert.True(code == 1 && errors.StartsWith($"There is no way back: {waited.OnSale.Seller}/{waited.OnSale.Name} uses what ", StringComparison.Ordinal), errors);
        var old = cluster.EarlierSilo();
        await old.LaunchAsync();
        await RefusesAsync(old, $"this program knows {EarlierSchema} at most. Start a newer version of it.");
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync();
        await WinsAsync(cluster, waited);
    }

    [Fact]
    public async Task The_folder_of_the_embedded_mode_is_followed_with_full_outboxes()
    {
        await using var before = new EmbeddedDeployment(programs: earlier.Programs);
        await before.StartAsync();
        var sale = new Sale(before);
        await sale.OpenAsync(coupons: 4, amount: 100);
        await sale.RushAsync(30);
        await SomeArePersistedAsync(before);
        await using (var ledger = new SqliteConnection($"Data Source={Path.Combine(before.Folder, "ledger.db")};Pooling=False"))
        {
            await ledger.OpenAsync(TestContext.Current.CancellationToken);
            await using var locked = ledger.BeginTransaction(deferred: false);
            await sale.RushAsync(30);
            await before.Gateway.StopAsync(_ends);
        }
        Report("stopped");
        Assert.InRange(await NumberAsync(before, "SELECT COUNT(*) FROM claims"), 1, sale.Wins - 1);

        await using var after = new EmbeddedDeployment(address: before.Address, folder: before.Folder);
        await after.StartAsync();
        Report("the new one is ready");

        await sale.CheckPromisedAreDrainedAsync();
        await sale.CheckAsync(_drained);
        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
        await FeedIsCompleteAsync(after, coupons: 4, amount: 100);
        await after.StopAsync();

        // The one before does not touch what it does not know.
        await before.Gateway.LaunchAsync();
        await RefusesAsync(before.Gateway, $"this program knows {EarlierSchema} at most. Start a newer version of it.");
    }

    /// <summary>It ends by itself, and one line says why.</summary>
    private static async Task RefusesAsync(Node node, params string[] naming)
    {
        await node.EndsAsync(_ends);
        var refusals = node.Output.Split('\n').Where(line => line.StartsWith("Cannot start: ", StringComparison.Ordinal)).ToList();
        Assert.True(node.ExitCode == 1 && refusals.Count == 1, $"exit code {node.ExitCode}: {node.Output}");
        Assert.All(naming, words => Assert.Contains(words, refusals[0], StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
    }

    private static async Task WinsAsync(UpgradedCluster cluster, SellersCoupon coupon) =>
        Assert.Equal(Heard.Claimed, await new Sale(cluster).ClaimUntilDecidedAsync(coupon.OnSale, Names.Fresh("winner")));

    private static Task<long> SomeArePersistedAsync(Deployment deployment) => Eventually.HoldsAsync(
        "the outboxes are drained", "claims in the ledger", () => NumberAsync(deployment, "SELECT COUNT(*) FROM claims"), claims => claims > 0, _drained);

    /// <summary>The claims of each coupon are numbered from 1 without a gap.</summary>
    private static async Task FeedIsCompleteAsync(Deployment deployment, int coupons, int amount) => Assert.Equal(coupons, await NumberAsync(
        deployment,
        "SELECT COUNT(*) FROM (SELECT c.id FROM coupons c JOIN claims l ON l.coupon_id = c.id GROUP BY c.id, c.feed_seq " +
        $"HAVING c.feed_seq = {amount} AND COUNT(*) = {amount} AND COUNT(DISTINCT l.seq) = {amount} AND MIN(l.seq) = 1 AND MAX(l.seq) = {amount}) complete"));

    /// <summary>Each rebuilding of a coupon's stock begins a new epoch of it.</summary>
    private static async Task<string> EpochsAsync(Deployment deployment)
    {
        await using var ledger = await deployment.OpenLedgerAsync();
        await using var command = ledger.CreateCommand();
        command.CommandText = "SELECT GROUP_CONCAT(epoch ORDER BY id) FROM coupons";
        return $"{await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)}";
    }

    private static async Task<long> NumberAsync(Deployment deployment, string sql)
    {
        await using var ledger = await deployment.OpenLedgerAsync();
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private void Report(string what) => TestContext.Current.TestOutputHelper?.WriteLine($"{_clock.Elapsed.TotalSeconds:0.0} s: {what}");
}
