using MySqlConnector;

namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: high volume, no faults.</summary>
[Collection(Alone.Name)]
public sealed class VolumeDrills
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(180);

    [Fact(Explicit = true)]
    public async Task Million_claims()
    {
        const int coupons = 10_000, users = 200_000, claims = 1_000_000;
        var report = new DrillReport("a million claims", DrillTerms.Seed);
        // One seller creates them all at once.
        await using var cluster = new ClusterDeployment(silos: 3, gateways: 2, settings: new Dictionary<string, string?> { ["Limits__CouponBurst"] = "0" });
        await cluster.StartAsync();
        var bazaar = new Bazaar(cluster, DrillTerms.Seed, coupons, users);
        await bazaar.OpenAsync();
        report.Note($"{coupons} coupons on sale");

        var clock = Stopwatch.StartNew();
        await bazaar.ClaimAsync(claims, again: 0.2, () => report.Note($"{bazaar.Decided} claims decided, {bazaar.Undecided} answers of 503 on the way"));
        var took = clock.Elapsed;
        clock.Restart();
        await Eventually.HoldsAsync("the ledger is drained", "every owner once, and what is left", bazaar.JudgeLedgerAsync, ledger => ledger.Passed, _drained);
        var drained = clock.Elapsed;
        await bazaar.CheckAsync();
        report.Figure($"{claims} claims in {took.TotalSeconds:0} s, {bazaar.Wins} won: exact, 0 duplicates, 0 unsold while wanted, 0 told sold-out too early; in the ledger {drained.TotalSeconds:0.0} s later");
    }

    [Fact(Explicit = true)]
    public async Task Rebuild_a_million_owners()
    {
        const int owners = 1_000_000, amount = 1_100_000;
        var report = new DrillReport("rebuild a coupon of a million owners", DrillTerms.Seed);
        await using var cluster = new ClusterDeployment(silos: 1, gateways: 1);
        await cluster.StartAsync();
        var sale = new Sale(cluster);
        await sale.OpenAsync(coupons: 1, amount);
        var coupon = sale.Coupons[0];
        await AddOwnersAsync(cluster, coupon, owners);

        await cluster.Redis!.GetServers().Single().FlushAllDatabasesAsync();
        var wiped = await SoldAgainAsync(sale);
        Assert.Equal(amount - owners - 1, await LeftAsync(cluster, coupon));
        report.Note($"Redis wiped: sold again after {wiped.TotalSeconds:0.0} s");

        await cluster.RedisServer.RestartAsync();
        var restarted = await SoldAgainAsync(sale);
        Assert.Equal(amount - owners - 2, await LeftAsync(cluster, coupon));
        report.Figure($"{owners} owners: sold again {wiped.TotalSeconds:0.0} s after Redis was wiped, {restarted.TotalSeconds:0.0} s after it was restarted");
    }

    private static async Task<TimeSpan> SoldAgainAsync(Sale sale)
    {
        var clock = Stopwatch.StartNew();
        await sale.ClaimUntilDecidedAsync(sale.Coupons[0], Names.Fresh("next"));
        return clock.Elapsed;
    }

    private static async Task<int?> LeftAsync(ClusterDeployment cluster, OnSale coupon)
    {
        var token = new Tokens(cluster.SigningKey).Mint(coupon.Seller, Tokens.Seller);
        return Assert.Single((await new ApiClient(cluster.Gateways[0]).ListAsync(token, coupon.Seller)).Coupons).Left;
    }

    /// <summary>Writes to the ledger directly, as if the claims had been persisted and Redis wiped since.</summary>
    private static async Task AddOwnersAsync(ClusterDeployment cluster, OnSale coupon, int count)
    {
        await using var ledger = new MySqlConnection(cluster.MySqlServer.ConnectionString);
        await ledger.OpenAsync();
        await using var find = new MySqlCommand("SELECT id FROM coupons WHERE name = @name", ledger);
        find.Parameters.AddWithValue("name", coupon.Name);
        var id = Convert.ToInt64(await find.ExecuteScalarAsync());
        foreach (var chunk in Enumerable.Range(0, count).Chunk(5_000))
            await ExecuteAsync(ledger, $"INSERT INTO claims (coupon_id, username, claimed_at) VALUES {string.Join(',', chunk.Select(i => $"({id},'owner-{i}',{i})"))}");
        await ExecuteAsync(ledger, $"UPDATE coupons SET left_count = left_count - {count}, drained = {count} WHERE id = {id}");
    }

    private static async Task ExecuteAsync(MySqlConnection ledger, string sql)
    {
        await using var command = new MySqlCommand(sql, ledger);
        await command.ExecuteNonQueryAsync();
    }
}
