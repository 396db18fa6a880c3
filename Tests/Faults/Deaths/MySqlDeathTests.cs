namespace SecKill.Tests.Faults.Deaths;

/// <summary>Exactly-once relay: MySQL dies or hangs during a sale.</summary>
[Collection(ClusterDrills.OfStores)]
public sealed class MySqlDeathTests(ClusterDrills drills) : ClusterDrill(drills)
{
    private static readonly TimeSpan _bounded = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task Without_mysql_claims_go_on_what_needs_it_is_refused_soon_and_all_is_drained_once_it_is_back(string signal)
    {
        await Sale.OpenAsync(coupons: 6, amount: 150);
        var tokens = new Tokens(Cluster.SigningKey);
        var (api, other) = (new ApiClient(Cluster.Gateways[0]), new ApiClient(Cluster.Gateways[1]));
        var regular = Names.Fresh("regular");
        var regulars = tokens.Mint(regular, Tokens.Customer);
        Expect.Empty(await api.ListAsync(regulars, regular));
        var (seller, coupon) = (Sale.Coupons[0].Seller, Sale.Coupons[0].Name);
        var sellers = tokens.Mint(seller, Tokens.Seller);
        Assert.Equal(6, (await api.ListAsync(sellers, seller)).Coupons.Count);

        var rush = await DuringSaleAsync(customers: 100, afterWins: 250, () => signal == "KILL" ? Cluster.MySqlServer.KillAsync() : Cluster.MySqlServer.SignalAsync("STOP"));
        try
        {
            await rush;
            Report("the rush was over");
            Assert.Equal(600, Sale.Coupons.Sum(coupon => Sale.OwnersOf(coupon).Count));

            // Lists read before do not need MySQL and stay fresh.
            Assert.NotEqual(Heard.SoldOut, await Sale.ClaimUntilDecidedAsync(Sale.Coupons[0], regular));
            Expect.Listed(await other.ListAsync(regulars, regular), coupon);
            Assert.Equal(49, Assert.Single((await other.ListAsync(sellers, seller)).Coupons, row => row.Name == coupon).Left);

            var name = Names.Fresh("nobody");
            var unread = await RefusedSoonAsync(() => api.ListAsync(regulars, name));
            Assert.Equal("Try again. It could not be read.", unread.ErrMsg);
            await Task.WhenAll(
                RefusedSoonAsync(() => api.RegisterAsync(name, "correct horse", Tokens.Customer)),
                RefusedSoonAsync(() => api.LogInAsync(name, "correct horse")),
                RefusedSoonAsync(() => api.CreateAsync(tokens.Mint(name, Tokens.Seller), name, "dinner", amount: 5)));
            Report("what needs MySQL was refused");
        }
        finally
        {
            await (signal == "KILL" ? Cluster.MySqlServer.StartAsync() : Cluster.MySqlServer.SignalAsync("CONT"));
        }
        Report("MySQL was back");
        await Sale.CheckPromisedAreDrainedAsync();
        Report("all was drained");
        await Sale.CheckAsync(Drained);
        await Sale.SellOutAsync();
        await Sale.CheckAsync(Drained);
    }

    private static async Task<Answer> RefusedSoonAsync(Func<Task<Answer>> request)
    {
        var clock = Stopwatch.StartNew();
        var answer = Expect.Refused(await request(), 503);
        Assert.True(clock.Elapsed < _bounded, $"{answer} took {clock.Elapsed}");
        Assert.NotNull(answer.Headers.RetryAfter);
        TestContext.Current.TestOutputHelper?.WriteLine($"{answer.Request} was refused after {clock.Elapsed.TotalSeconds:0.0} s");
        return answer;
    }
}
