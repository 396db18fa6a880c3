using MySqlConnector;

namespace SecKill.Tests.Integration.Ledger;

public abstract class SchemaTests(LedgerSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Preparing_again_changes_nothing()
    {
        var coupon = await site.Ledger.CreateAsync(10);

        await site.NewLedger().PrepareAsync(Cancellation);

        Assert.Equal(coupon, await site.Ledger.FindAsync(coupon.Id));
        Assert.Equal(await site.QueryAsync("SELECT MAX(version) FROM schema_version"), await site.QueryAsync("SELECT COUNT(*) FROM schema_version"));
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused_with_both_versions_named()
    {
        var known = await site.QueryAsync("SELECT MAX(version) FROM schema_version");
        await site.QueryAsync("INSERT INTO schema_version VALUES (987, 0)");
        try
        {
            var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => site.NewLedger().PrepareAsync(Cancellation));

            Assert.Contains("987", refusal.Message, StringComparison.Ordinal);
            Assert.Contains($"knows {known} ", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            await site.QueryAsync("DELETE FROM schema_version WHERE version = 987");
        }
    }

    /// <summary>An insert of the version before identities: on MySQL silos of that version may still run.</summary>
    protected const string OldInsert =
        "INSERT INTO coupons (seller, name, amount, stock, description, left_count, drained, epoch, created_at) VALUES ";

    [Fact]
    public async Task Coupons_of_the_schema_before_identities_get_one_each_and_keep_all_else()
    {
        await site.GoBackToSchemaAsync(2);
        await site.QueryAsync($"{OldInsert} ('anna', 'a', 5, 1, 'text', 3, 2, 7, 1), ('anna', 'b', 5, 1, '', 5, 0, 0, 1), ('bert', 'a', 5, 1, '', 5, 0, 0, 1)");

        await site.NewLedger().PrepareAsync(Cancellation);

        var coupons = await site.Ledger.CouponsOfAsync(["anna", "bert"]);
        Assert.Equal(3, coupons.Select(coupon => coupon.Key.Identity).Where(identity => identity > 1_000_000).Distinct().Count());
        Assert.Equal(new LedgerCoupon(coupons[0].Key, CouponId.Known("anna", "a"), new CouponTerms(5, 1, "text"), 3, 2, 7), coupons[0]);
        Assert.True((await site.Ledger.DrainAsync(coupons[0].Batch(2, "carl"))).Committed);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => site.QueryAsync($"UPDATE coupons SET identity = {coupons[0].Key.Identity} WHERE id = {coupons[1].LedgerId}"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task The_database_itself_keeps_what_is_left_between_nothing_and_the_amount(int left)
    {
        var coupon = await site.Ledger.CreateAsync(2);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => site.QueryAsync($"UPDATE coupons SET left_count = {(left == 0 ? -1 : left)} WHERE id = {coupon.LedgerId}"));

        Assert.Equal(2, (await site.Ledger.FindAsync(coupon.Id))!.Left);
    }
}

public sealed class SchemaOfSqlite(SqliteSite site) : SchemaTests(site), IClassFixture<SqliteSite>;

public sealed class SchemaOfMySql(MySqlSite site) : SchemaTests(site), IClassFixture<MySqlSite>
{
    private readonly MySqlSite _site = site;

    [Fact]
    public async Task A_silo_of_the_version_before_identities_can_still_create_coupons()
    {
        var seller = Names.Fresh("seller");
        await _site.QueryAsync($"{OldInsert} ('{seller}', 'a', 5, 1, '', 5, 0, 0, 1), ('{seller}', 'b', 5, 1, '', 5, 0, 0, 1)");

        Assert.Equal(2, (await _site.Ledger.CouponsOfAsync([seller])).Select(coupon => coupon.Key.Identity).Distinct().Count());
    }

    [Fact]
    public async Task Silos_that_start_together_prepare_one_schema()
    {
        await _site.GoBackToSchemaAsync(0);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _site.NewLedger().PrepareAsync(TestContext.Current.CancellationToken)));

        Assert.Equal(await _site.QueryAsync("SELECT MAX(version) FROM schema_version"), await _site.QueryAsync("SELECT COUNT(*) FROM schema_version"));
        Assert.NotNull(await _site.Ledger.CreateAsync(1));
    }

    [Fact]
    public async Task An_upgrade_that_died_half_way_is_finished_by_the_next()
    {
        // MySQL commits at every CREATE: all was made, nothing was noted.
        await _site.QueryAsync("DELETE FROM schema_version");
        var coupon = await _site.Ledger.CreateAsync(10);

        await _site.NewLedger().PrepareAsync(TestContext.Current.CancellationToken);

        Assert.Equal(coupon, await _site.Ledger.FindAsync(coupon.Id));
    }

    [Fact]
    public async Task An_upgrade_may_take_longer_than_a_customer_would_wait_and_the_others_wait_for_it()
    {
        await _site.QueryAsync("DELETE FROM schema_version");
        var impatient = new MySqlConnectionStringBuilder(_site.Server.ConnectionString) { DefaultCommandTimeout = 1 }.ConnectionString;
        await using var holder = new MySqlConnection(_site.Server.ConnectionString);
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = holder.CreateCommand();
        command.CommandText = "LOCK TABLES schema_version READ";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var silos = Enumerable.Range(0, 2).Select(_ => new MySqlLedger(impatient).PrepareAsync(TestContext.Current.CancellationToken)).ToArray();
        foreach (var waiting in (string[])["INSERT INTO schema_version", "SELECT GET_LOCK"])
        {
            await Eventually.EqualAsync(
                $"{waiting} waits for more than its connection's time-out", "1",
                async () => $"{await _site.QueryAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '{waiting}%' AND time > 2")}",
                TimeSpan.FromSeconds(60));
        }
        command.CommandText = "UNLOCK TABLES";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(silos);
        Assert.Equal(await _site.QueryAsync("SELECT MAX(version) FROM schema_version"), await _site.QueryAsync("SELECT COUNT(*) FROM schema_version"));
    }
}
