using Microsoft.Data.Sqlite;
using SecKill.Tests.Faults.Drills;

namespace SecKill.Tests.Faults.Deaths;

/// <summary>Restart: the one process of the embedded mode ends, in every way, and starts again on its folder.</summary>
public sealed class EmbeddedRestartTests : IAsyncLifetime
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);
    private readonly EmbeddedDeployment _deployment = new();

    public async ValueTask InitializeAsync() => await _deployment.StartAsync();

    public ValueTask DisposeAsync() => _deployment.DisposeAsync();

    [Fact]
    public async Task Every_claim_that_was_won_survives_three_kills_in_the_middle_of_a_sale()
    {
        var sale = new Sale(_deployment);
        await sale.OpenAsync(coupons: 6, amount: 150);

        for (var kill = 1; kill <= 3; kill++)
        {
            var rush = sale.RushAsync(100);
            await sale.WinsReachAsync(kill * 200);
            await _deployment.KillAsync();
            sale.CallOff();
            await rush;

            var clock = Stopwatch.StartNew();
            await _deployment.StartAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"ready {clock.Elapsed.TotalSeconds:0.0} s after kill {kill}, {sale.Wins} wins");
            // Before any request for the coupons.
            await sale.CheckPromisedAreDrainedAsync();
            await sale.CheckAsync(_drained);
        }

        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
        Assert.Equal(6 * 150, sale.Coupons.Sum(coupon => sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task Repeats_of_requests_are_known_after_a_kill()
    {
        var requests = new KeyedRequests(await SellersCoupon.CreateAsync(_deployment, 5));
        await requests.MakeAsync();

        await _deployment.KillAsync();
        await _deployment.StartAsync();

        await requests.AreKnownAsync();
    }

    [Fact]
    public async Task An_orderly_stop_in_the_middle_of_a_sale_is_quick_and_loses_nothing()
    {
        var sale = new Sale(_deployment);
        await sale.OpenAsync(coupons: 6, amount: 150);
        var rush = sale.RushAsync(150);
        await sale.WinsReachAsync(200);

        var clock = Stopwatch.StartNew();
        await _deployment.Gateway.StopAsync(TimeSpan.FromSeconds(25));
        TestContext.Current.TestOutputHelper?.WriteLine($"stopped after {clock.Elapsed.TotalSeconds:0.0} s, {sale.Wins} wins");
        sale.CallOff();
        await rush;
        Assert.True(_deployment.Gateway.ExitCode == 0, $"exit code {_deployment.Gateway.ExitCode}: {_deployment.Gateway.Output}");

        await _deployment.StartAsync();
        await StandOnTheBoardAsync(sale.Coupons.Count);
        await sale.CheckAsync(_drained);
        await sale.SellOutAsync();
        await sale.CheckAsync(_drained);
    }

    [Fact]
    public async Task A_folder_copied_in_the_middle_of_a_sale_starts_elsewhere_with_all_that_was_won_before()
    {
        var sale = new Sale(_deployment);
        await sale.OpenAsync(coupons: 3, amount: 150);
        var rush = sale.RushAsync(150);
        await sale.WinsReachAsync(150);
        var won = sale.Coupons.SelectMany(coupon => sale.OwnersOf(coupon).Select(owner => (coupon, owner))).ToList();
        await using var restored = await CopiedAsync();
        await rush;
        await _deployment.KillAsync();

        var later = new Sale(restored);
        foreach (var (coupon, owner) in won)
            Assert.Equal(Heard.AlreadyClaimed, await later.ClaimUntilDecidedAsync(coupon, owner));
        foreach (var coupon in sale.Coupons)
        {
            for (var i = 0; await later.ClaimUntilDecidedAsync(coupon, Names.Fresh("late")) == Heard.Claimed; i++)
                Assert.True(i < coupon.Amount, $"{coupon.Name} is oversold");
        }
        await Eventually.EqualAsync(
            "the ledger has every piece once, those of the copied winners among them", (3 * 150, 0),
            async () => await restored.LedgerClaimsAsync() is var rows
                ? (rows.Count, won.Select(win => (win.coupon.Seller, win.coupon.Name, win.owner)).Except(rows).Count()) : default, _drained);

        // A folder without its ledger is refused.
        await restored.StopAsync();
        File.Delete(Path.Combine(restored.Folder, "ledger.db"));
        await ProductProgram.RefusesAsync("Gateway", new Dictionary<string, string?> { ["Data:Folder"] = restored.Folder }, "ledger.db' is missing");
        Assert.False(File.Exists(Path.Combine(restored.Folder, "ledger.db")));
    }

    /// <summary>Even sales without claims or watchers since the start.</summary>
    private Task<int> StandOnTheBoardAsync(int sales) => Eventually.HoldsAsync(
        "The board after a restart",
        $"{sales} sales",
        async () =>
        {
            var board = await new ApiClient(_deployment.Gateways[0]).SendAsync(
                HttpMethod.Get, "/api/live", adjust: request => request.Headers.Add("Accept", "application/json"));
            return board.Json!.Value.GetProperty("sales").GetArrayLength();
        },
        seen => seen == sales,
        TimeSpan.FromSeconds(30));

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Accounts_lists_tokens_and_log_outs_survive_a_restart(string signal)
    {
        const string password = "correct horse";
        var api = new ApiClient(_deployment.Gateways[0]);
        var (seller, customer, coupon) = (Names.Fresh("seller"), Names.Fresh("customer"), Names.Fresh("coupon"));
        Expect.Created(await api.RegisterAsync(seller, password, Tokens.Seller));
        Expect.Created(await api.RegisterAsync(customer, password, Tokens.Customer));
        var sellers = (await api.LogInAsync(seller, password)).Token!;
        var customers = (await api.LogInAsync(customer, password)).Token!;
        var loggedOut = (await api.LogInAsync(customer, password)).Token!;
        Expect.Created(await api.CreateAsync(sellers, seller, coupon, amount: 3, stock: 7, description: "dinner"));
        Expect.Claimed(await api.ClaimAsync(customers, seller, coupon));
        Expect.Is(await api.LogOutAsync(loggedOut), 200, "log out.");

        if (signal == "TERM")
            await _deployment.StopAsync();
        else
            await _deployment.KillAsync();
        await _deployment.StartAsync();

        Expect.Refused(await api.ListAsync(loggedOut, customer), 401);
        var row = Assert.Single(Expect.Listed(await api.ListAsync(customers, seller), coupon));
        Assert.Equal((3, 2, 7, "dinner"), (row.Amount, row.Left, row.Stock, row.Description));
        Expect.Listed(await api.ListAsync(customers, customer), coupon);
        Expect.NotClaimed(await api.ClaimAsync(customers, seller, coupon), "already-claimed");
        Assert.Equal(("customer", 200), await LogInAsync(customer, password));
        Assert.Equal(("saler", 200), await LogInAsync(seller, password));
        Expect.Refused(await api.RegisterAsync(customer, password, Tokens.Customer), 400);
        Expect.Refused(await api.CreateAsync(sellers, seller, coupon, amount: 3), 400);

        async Task<(string?, int)> LogInAsync(string name, string word)
        {
            var answer = await api.LogInAsync(name, word);
            return (answer.Kind, answer.Status);
        }
    }

    /// <summary>A copy that starts. As docs/operating/backup.md tells: a copy that a write tore does not, and is made again.</summary>
    private async Task<EmbeddedDeployment> CopiedAsync()
    {
        for (var tries = 1; ; tries++)
        {
            var copied = new EmbeddedDeployment();
            try
            {
                Copy(_deployment.Folder, copied.Folder);
                await copied.StartAsync();
                return copied;
            }
            catch (Exception fault)
            {
                await copied.DisposeAsync();
                if (tries == 5 || fault is not LocalServerException || !fault.Message.Contains("is damaged", StringComparison.Ordinal))
                    throw;
            }
        }
    }

    /// <summary>As docs/operating/backup.md tells: the log of Redis first, then the ledger by SQLite's own copy, then the small files.</summary>
    private static void Copy(string from, string to)
    {
        TemporaryFolder.CopyLiveLog(Path.Combine(from, "redis"), Path.Combine(to, "redis"));
        using (var ledger = new SqliteConnection($"Data Source={Path.Combine(from, "ledger.db")};Mode=ReadOnly;Pooling=False"))
        using (var copy = new SqliteConnection($"Data Source={Path.Combine(to, "ledger.db")};Pooling=False"))
        {
            ledger.Open();
            copy.Open();
            ledger.BackupDatabase(copy);
        }
        foreach (var file in (string[])["redis.secret", "signing.key", "receipts.pem"])
            File.Copy(Path.Combine(from, file), Path.Combine(to, file));
        File.WriteAllText(Path.Combine(to, "seckill.lock"), "");
    }
}
