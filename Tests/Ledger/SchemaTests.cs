using MySqlConnector;
using SecKill.Grains.Ledger;
using Xunit;

namespace SecKill.Tests.Ledger;

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
    public async Task Silos_that_start_together_prepare_one_schema()
    {
        await DropAllAsync();

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

    private async Task DropAllAsync() =>
        await _site.QueryAsync("DROP TABLE claims, coupons, deployment, OrleansQuery, OrleansStorage, schema_version");
}

public sealed class ScriptSplitTests
{
    [Theory]
    [InlineData("a; b;\nc;", new[] { "a; b;\nc;" })]
    [InlineData("", new string[0])]
    [InlineData("\n \n", new string[0])]
    [InlineData("a;\nDELIMITER $$\nb; c;\n$$\nd; $$\nDELIMITER ;\ne;", new[] { "a;", "b; c;", "d;", "e;" })]
    [InlineData("DELIMITER $$\nCREATE x BEGIN y; END$$", new[] { "CREATE x BEGIN y; END" })]
    [InlineData("DELIMITER $$\r\nb;$$\r\nDELIMITER ;\r\nc;\r\n", new[] { "b;", "c;" })]
    [InlineData("SELECT '\nthe DELIMITER $$\n';", new[] { "SELECT '\nthe DELIMITER $$\n';" })]
    public void A_script_is_cut_at_delimiter_lines_alone(string script, string[] statements)
    {
        Assert.Equal(statements, SchemaUpgrade.Split(script).Select(statement => statement.Trim()));
    }
}
