namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: both stores are backed up during a sale, as docs/operating/backup.md tells, and restored into new servers.</summary>
[Collection(Alone.Name)]
public sealed class BackupDrills
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(120);
    private static readonly Dictionary<string, string> _password = new() { ["MYSQL_PWD"] = "seckill" };

    [Fact(Explicit = true)]
    public async Task Backup_and_restore()
    {
        const int coupons = 5, amount = 400;
        await using var before = new ClusterDeployment();
        await before.StartAsync();
        var api = new ApiClient(before.Gateways[0]);
        var user = Names.Fresh("user");
        Expect.Created(await api.RegisterAsync(user, "correct horse", Tokens.Customer));
        var sale = new Sale(before);
        await sale.OpenAsync(coupons, amount);
        var rush = sale.RushAsync(300);
        await sale.WinsReachAsync(500);

        var promised = Owners(sale);
        var clock = Stopwatch.StartNew();
        var redis = before.RedisServer.CopyFile();
        var dump = await Command.OutputOfAsync(
            "mariadb-dump", [.. LogIn(before.MySqlServer), "--single-transaction", "--routines", "--no-tablespaces", "seckill"], environment: _password);
        var took = clock.Elapsed;
        sale.CallOff();
        await rush;
        var wonAfter = sale.Wins - promised.Count;
        await before.StopAsync();

        await using var after = new ClusterDeployment();
        after.RedisServer.PutBack(redis);
        await after.MySqlServer.StartAsync();
        await Command.OutputOfAsync("mariadb", [.. LogIn(after.MySqlServer), "seckill"], dump, _password);
        await after.MySqlServer.StopAsync();
        await after.StartAsync();

        Assert.Equal(200, (await new ApiClient(after.Gateways[0]).LogInAsync(user, "correct horse")).Status);
        Expect.Created(await new ApiClient(after.Gateways[0]).RegisterAsync(Names.Fresh("user"), "correct horse", Tokens.Customer));
        var later = new Sale(after);
        foreach (var (coupon, owner) in promised)
            Assert.Equal(Heard.AlreadyClaimed, await later.ClaimUntilDecidedAsync(coupon, owner));
        var sold = 0;
        foreach (var coupon in sale.Coupons)
        {
            for (var i = 0; await later.ClaimUntilDecidedAsync(coupon, Names.Fresh("late")) == Heard.Claimed; i++, sold++)
                Assert.True(i < amount, $"{coupon.Name} is oversold");
        }
        await Eventually.EqualAsync(
            "the ledger has every piece once, those that were promised before the backup among them", (coupons * amount, 0),
            async () => await after.LedgerClaimsAsync() is var rows
                ? (rows.Distinct().Count(), promised.Select(win => (win.Coupon.Seller, win.Coupon.Name, win.Owner)).Except(rows).Count()) : default, _drained);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"copied in {took.TotalSeconds:0.0} s beside the sale; {promised.Count} wins before the copy: 0 lost; {wonAfter} wins after it began, " +
            $"of which {(coupons * amount) - sold - promised.Count} were in it; 0 oversold");
    }

    private static List<(OnSale Coupon, string Owner)> Owners(Sale sale) =>
        [.. sale.Coupons.SelectMany(coupon => sale.OwnersOf(coupon).Select(owner => (coupon, owner)))];

    private static string[] LogIn(MySqlServer server) => ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", $"--port={server.Port}", "--user=seckill"];
}
