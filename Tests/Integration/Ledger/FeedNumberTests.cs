namespace SecKill.Tests.Integration.Ledger;

/// <summary>Each claim in the ledger has a number in its coupon's feed: unique, and ascending in the order of writing.</summary>
public abstract class FeedNumberTests(LedgerSite site)
{
    private const int Old = 2_500;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Claims_are_numbered_in_the_order_of_the_outbox()
    {
        var coupon = await site.Ledger.CreateAsync(10);
        await site.Ledger.DrainAsync(coupon.Batch(0, "carl", "anna"));
        await site.Ledger.DrainAsync(coupon.Batch(2, "bert"));

        Assert.Equal([1, 2, 3], await NumbersAsync(coupon, "carl", "anna", "bert"));
    }

    [Fact]
    public async Task Writers_that_meet_and_new_epochs_give_no_number_twice()
    {
        var coupon = await site.Ledger.CreateAsync(2_000);
        var (position, epoch) = (0L, coupon.Epoch);
        for (var round = 0; round < 20; round++)
        {
            var batch = new DrainBatch(coupon.Key, epoch, position, [.. Enumerable.Range(0, 50).Select(i => new OutboxEntry(1, $"u{round}-{i}"))]);
            var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => site.NewLedger().DrainAsync(batch)));
            Assert.Single(results, result => result.Committed);
            position += 50;
            if (round % 5 == 4)
                epoch = (await site.Ledger.BeginEpochAsync(coupon.Id, -1))!.Epoch;
        }
        await CheckAsync(coupon, 1_000);
    }

    [Fact]
    public async Task Claims_of_the_schema_before_numbers_are_numbered_by_the_upgrade_once_however_often_it_dies()
    {
        await site.GoBackToSchemaAsync(5);
        await site.QueryAsync("INSERT INTO coupons (identity, seller, name, amount, stock, description, left_count, drained, epoch, created_at) VALUES (77, 'anna', 'a', 5000, 1, '', 2500, 2500, 0, 1), (78, 'anna', 'b', 5, 1, '', 5, 0, 0, 1)");
        foreach (var chunk in Enumerable.Range(0, Old).Chunk(500))
            await site.QueryAsync($"INSERT INTO claims (coupon_id, username, claimed_at) SELECT id, column1, column2 FROM coupons JOIN ({Values(chunk)}) AS claimed ON coupons.name = 'a'");

        // A process that dies has numbered some.
        using var dying = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var first = site.NewLedger().PrepareAsync(dying.Token);
        await dying.CancelAsync();
        await first.ContinueWith(_ => { }, TaskScheduler.Default);
        await site.NewLedger().PrepareAsync(Cancellation);
        await site.NewLedger().PrepareAsync(Cancellation);

        var coupon = (await site.Ledger.FindAsync(CouponId.Known("anna", "a")))!;
        await CheckAsync(coupon, Old);
        Assert.True((await site.Ledger.DrainAsync(coupon.Batch(Old, "zoe"))).Committed);
        Assert.Equal([Old + 1], await NumbersAsync(coupon, "zoe"));
    }

    private static string Values(IEnumerable<int> rows) =>
        string.Join(" UNION ALL ", rows.Select((row, i) => i == 0 ? $"SELECT 'u{row:d5}' AS column1, {row} AS column2" : $"SELECT 'u{row:d5}', {row}"));

    private async Task<IEnumerable<long>> NumbersAsync(LedgerCoupon coupon, params string[] users)
    {
        var numbers = new List<long>();
        foreach (var user in users)
            numbers.Add(await site.QueryAsync($"SELECT seq FROM claims WHERE coupon_id = {coupon.LedgerId} AND username = '{user}'"));
        return numbers;
    }

    private async Task CheckAsync(LedgerCoupon coupon, long rows)
    {
        var of = $"FROM claims WHERE coupon_id = {coupon.LedgerId}";
        Assert.Equal(
            (rows, rows, 1L, rows, rows),
            (await site.QueryAsync($"SELECT COUNT(*) {of}"), await site.QueryAsync($"SELECT COUNT(DISTINCT seq) {of}"), await site.QueryAsync($"SELECT MIN(seq) {of}"),
            await site.QueryAsync($"SELECT MAX(seq) {of}"), await site.QueryAsync($"SELECT feed_seq FROM coupons WHERE id = {coupon.LedgerId}")));
    }
}

public sealed class FeedNumbersInMySql(MySqlSite site) : FeedNumberTests(site), IClassFixture<MySqlSite>;

public sealed class FeedNumbersInSqlite(SqliteSite site) : FeedNumberTests(site), IClassFixture<SqliteSite>;
