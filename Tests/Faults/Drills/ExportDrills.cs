using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MySqlConnector;

namespace SecKill.Tests.Faults.Drills;

/// <summary>Long: a seller takes all claims of a large sale while it goes on. The rounds are thousands of claims.</summary>
[Collection(Alone.Name)]
public sealed class ExportDrills
{
    private const string Ndjson = "application/x-ndjson";
    private const long Megabyte = 1 << 20;

    // A page is some 100 KB; what a buffered export of a million would be is a hundred times that limit.
    private const long MostGrowth = 100 * Megabyte;

    private static readonly TimeSpan _recorded = TimeSpan.FromSeconds(120);

    [Fact(Explicit = true)]
    public async Task A_million_claims_are_exported_while_it_sells()
    {
        var claims = 1_000 * DrillTerms.Rounds(1_000);
        var report = new DrillReport($"export {claims} claims while it sells", DrillTerms.Seed);
        await using var cluster = new ClusterDeployment(silos: 2, gateways: 2, settings: SellersCoupon.Settings);
        await cluster.StartAsync();
        var sale = new Sale(cluster);
        await sale.OpenAsync(coupons: 1, claims + 1_000_000);
        var coupon = sale.Coupons[0];
        var seller = new SellersCoupon(cluster, coupon);
        await AddClaimsAsync(cluster, coupon, claims);
        Assert.Equal(200, (await seller.RebuildAsync()).Status);
        await sale.ClaimUntilDecidedAsync(coupon, Names.Fresh("first"));
        report.Note($"{claims} claims are in the ledger and in Redis");

        await using var crowd = new Crowd(sale, DrillTerms.Seed);
        crowd.Start();
        // Once before it is measured: code is compiled, pools are filled.
        await ExportAsync(cluster, coupon, after: claims - 20_000, stopsAfter: null, []);
        var before = WorkingSet(cluster);
        var (most, clock) = (before, Stopwatch.StartNew());
        var read = new List<(long Seq, string Customer)>(claims + 100_000);
        // Cut off in the middle, and gone on after the last row that came; meanwhile the stock is rebuilt.
        foreach (var stopsAfter in new int?[] { claims / 3, claims / 3, null })
        {
            var rebuilding = seller.RebuildAsync();
            await ExportAsync(cluster, coupon, read.Count > 0 ? read[^1].Seq : 0, stopsAfter, read, () => most = Math.Max(most, WorkingSet(cluster)));
            Assert.Equal(200, (await rebuilding).Status);
            report.Note($"{read.Count} rows read; {sale.Wins} wins beside it; the gateway holds {most / Megabyte} MB, {before / Megabyte} MB before");
        }
        var took = clock.Elapsed;
        await crowd.StopAsync();
        var wins = sale.OwnersOf(coupon);
        // The rest, until all that customers were told is there.
        await Eventually.HoldsAsync("the promised claims are in the feed", "none is missing", async () =>
        {
            await ExportAsync(cluster, coupon, read[^1].Seq, stopsAfter: null, read);
            return wins.Except(read.Select(row => row.Customer)).Count();
        }, missing => missing == 0, _recorded);

        for (var i = 1; i < read.Count; i++)
            Assert.True(read[i].Seq > read[i - 1].Seq, $"Row {i} has number {read[i].Seq} after {read[i - 1].Seq}.");
        Assert.Equal(read.Count, read.Select(row => row.Customer).Distinct().Count());
        Assert.Equal(claims, read.Count(row => row.Customer.StartsWith("owner-", StringComparison.Ordinal)));
        Assert.Equal(read.Count, (await cluster.LedgerClaimsAsync()).Count);
        var counted = await seller.AddsUpAsync();
        Assert.Equal(read.Count, counted.GetProperty("claimed").GetInt64());
        Assert.True(most - before < MostGrowth, $"The gateway holds {most / Megabyte} MB, {before / Megabyte} MB before the export.");
        report.Figure($"{claims} claims exported in {took.TotalSeconds:0} s in three pieces while {sale.Wins} more were won and the stock was rebuilt three times: nothing twice, in order, every promised claim there; the gateway's working set {before / Megabyte} MB before, {most / Megabyte} MB at most; the report adds up with {counted.GetProperty("left")} left");
    }

    /// <summary>Reads an export to its end, which must be as it tells, or cuts it off.</summary>
    private static async Task ExportAsync(ClusterDeployment cluster, OnSale coupon, long after, int? stopsAfter, List<(long Seq, string Customer)> read, Action? onPage = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster.Gateways[0], $"{ApiClient.CouponOf(coupon.Seller, coupon.Name)}/claims?after={after}"));
        request.Headers.TryAddWithoutValidation("Authorization", new Tokens(cluster.SigningKey).Mint(coupon.Seller, Tokens.Seller));
        request.Headers.TryAddWithoutValidation("Accept", Ndjson);
        using var response = await Loopback.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var count = 0; ; count++)
        {
            if (count == stopsAfter)
                return;
            var line = await lines.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException($"The export broke off after {count} rows.");
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("end", out _))
            {
                Assert.Equal((count, Convert.ToHexStringLower(digest.GetHashAndReset())), (json.RootElement.GetProperty("count").GetInt32(), json.RootElement.GetProperty("sha256").GetString()));
                return;
            }
            digest.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
            read.Add((json.RootElement.GetProperty("seq").GetInt64(), json.RootElement.GetProperty("customer").GetString()!));
            if (count % 10_000 == 0)
                onPage?.Invoke();
        }
    }

    /// <summary>Of the gateway that exports; a silo holds the names of an owner's set while it rebuilds.</summary>
    private static long WorkingSet(ClusterDeployment cluster)
    {
        using var gateway = Process.GetProcessById(cluster.Processes[0].Pid);
        return gateway.WorkingSet64;
    }

    /// <summary>Writes to the ledger directly, as if the claims had been relayed; the rebuild that follows takes them into Redis.</summary>
    private static async Task AddClaimsAsync(ClusterDeployment cluster, OnSale coupon, int count)
    {
        await using var ledger = new MySqlConnection(cluster.MySqlServer.ConnectionString);
        await ledger.OpenAsync(TestContext.Current.CancellationToken);
        await using var find = new MySqlCommand("SELECT id FROM coupons WHERE name = @name", ledger);
        find.Parameters.AddWithValue("name", coupon.Name);
        var id = Convert.ToInt64(await find.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        foreach (var chunk in Enumerable.Range(1, count).Chunk(5_000))
            await ExecuteAsync(ledger, $"INSERT INTO claims (coupon_id, username, claimed_at, seq) VALUES {string.Join(',', chunk.Select(i => $"({id},'owner-{i}',{i},{i})"))}");
        await ExecuteAsync(ledger, $"UPDATE coupons SET left_count = left_count - {count}, drained = {count}, feed_seq = {count} WHERE id = {id}");
    }

    private static async Task ExecuteAsync(MySqlConnection ledger, string sql)
    {
        await using var command = new MySqlCommand(sql, ledger);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
