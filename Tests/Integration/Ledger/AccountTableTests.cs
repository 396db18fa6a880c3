using Orleans.Storage;
using SecKill.Grains.Accounts;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Users;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The statements that Orleans' storage runs for accounts: a row is written once for each version, and old rows are read.</summary>
public abstract class AccountTableTests(LedgerSite site)
{
    private readonly GrainId _user = GrainId.Create("user", UserName.Known(Names.Fresh("alice")).Key);

    [Fact]
    public async Task Of_two_writers_of_one_version_one_wins()
    {
        using var table = await site.AccountsAsync();
        GrainState<Account> first = New("a"), second = New("b");
        await WriteAsync(table, first);
        await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(table, second));
        Assert.Equal(("a", "1"), await ReadAsync(table));

        second = New("c", first.ETag);
        await WriteAsync(table, second);
        Assert.Equal(("c", "2"), await ReadAsync(table));
        first.State!.PasswordHash = "d";
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(table, first));
        Assert.Equal(("c", "2"), await ReadAsync(table));
    }

    [Fact]
    public async Task Many_writers_of_a_new_row_make_one()
    {
        using var table = await site.AccountsAsync();
        var writers = Enumerable.Range(0, 20).Select(i => WriteAsync(table, New($"{i}"))).ToArray();
        await Task.WhenAll(writers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        var winner = Assert.Single(writers.Index(), writer => writer.Item.IsCompletedSuccessfully).Index;
        Assert.Equal(($"{winner}", "1"), await ReadAsync(table));
    }

    /// <summary>Inserts into one gap of an index deadlock in InnoDB, most of all while the table is small; one of the two is then rolled back.</summary>
    [Fact]
    public async Task Accounts_that_are_created_at_once_are_all_created()
    {
        using var table = await site.AccountsAsync();
        for (var round = 0; round < 300; round++)
        {
            await site.QueryAsync("DELETE FROM OrleansStorage");
            var stores = Enumerable.Range(0, 16)
                .Select(_ => new AccountStore(table.Storage, site.Ledger, GrainId.Create("user", UserName.Known(Guid.NewGuid().ToString("N")[..16]).Key)));
            Assert.All(await Task.WhenAll(stores.Select(store => store.TryCreateAsync(New("a").State!))), Assert.True);
        }
    }

    [Fact]
    public async Task A_row_that_was_deleted_does_not_come_back_by_an_update()
    {
        using var table = await site.AccountsAsync();
        var state = New("a");
        await WriteAsync(table, state);
        await site.QueryAsync($"DELETE FROM OrleansStorage WHERE GrainIdExtensionString = '{_user.Key}'");

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(table, state));

        Assert.Equal(0, await site.QueryAsync($"SELECT COUNT(*) FROM OrleansStorage WHERE GrainIdExtensionString = '{_user.Key}'"));
    }

    [Fact]
    public async Task A_cleared_row_keeps_its_version()
    {
        using var table = await site.AccountsAsync();
        var state = New("a");
        await WriteAsync(table, state);
        await table.Storage.ClearStateAsync(AccountStore.StateName, _user, state);

        Assert.Equal("2", state.ETag);
    }

    /// <summary>The row names the type that was written: it must be found under that name for ever.</summary>
    [Fact]
    public async Task A_row_of_an_earlier_version_is_read()
    {
        using var table = await site.AccountsAsync();
        await WriteAsync(table, New("a"));
        const string Old = """{"$id":"1","$type":"SecKill.Grains.Users.Account, SecKill.Grains","PasswordHash":"old","Kind":1,"Registered":"2026-11-23T19:41:35+00:00"}""";
        await site.QueryAsync($"UPDATE OrleansStorage SET PayloadBinary = X'{Convert.ToHexString(Encoding.UTF8.GetBytes(Old))}' WHERE GrainIdExtensionString = '{_user.Key}'");

        Assert.Equal(("old", "1"), await ReadAsync(table));
    }

    private static GrainState<Account> New(string hash, string? etag = null) => new(new Account { PasswordHash = hash, Kind = UserKind.Customer }, etag);

    private Task WriteAsync(AccountTable table, GrainState<Account> state) => table.Storage.WriteStateAsync(AccountStore.StateName, _user, state);

    private async Task<(string Hash, string? ETag)> ReadAsync(AccountTable table)
    {
        var state = new GrainState<Account>();
        await table.Storage.ReadStateAsync(AccountStore.StateName, _user, state);
        return (state.State!.PasswordHash, state.ETag);
    }
}

public sealed class AccountTableOfMySql(MySqlSite site) : AccountTableTests(site), IClassFixture<MySqlSite>;

public sealed class AccountTableOfSqlite(SqliteSite site) : AccountTableTests(site), IClassFixture<SqliteSite>;
