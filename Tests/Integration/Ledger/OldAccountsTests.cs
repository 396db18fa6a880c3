using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The data folder of the version before, with accounts under numbers, in this version's gateway.</summary>
public sealed class OldAccountsTests
{
    private const string Password = "correct horse";

    [Fact]
    public async Task Each_account_is_its_names_alone()
    {
        await using var deployment = new EmbeddedDeployment();
        await WriteAsync(deployment.Folder);
        await deployment.StartAsync();
        var api = new ApiClient(deployment.Gateways[0]);

        foreach (var name in (string[])["alice", "ada"])
            Assert.Equal(200, (await api.LogInAsync(name, Password)).Status);
        // ada owns a coupon, so the account was hers from the start on; the others' names are free.
        Expect.Refused(await api.LogInAsync("Ada", Password), 401);
        Expect.Created(await api.RegisterAsync("Ada", "another password", Tokens.Customer));

        // 7 or 007 or 07 registered: the password tells.
        Expect.Refused(await api.RegisterAsync("7", "another password", Tokens.Customer), 400);
        Expect.Refused(await api.LogInAsync("7", "another password"), 401);
        Assert.Equal(200, (await api.LogInAsync("007", Password)).Status);
        Expect.Refused(await api.LogInAsync("7", Password), 401);
        Expect.Created(await api.RegisterAsync("7", "another password", Tokens.Customer));
        foreach (var (name, password) in ((string, string)[])[("7", "another password"), ("007", Password), ("Ada", "another password"), ("ada", Password)])
            Assert.Equal(200, (await api.LogInAsync(name, password)).Status);

        Assert.Contains("1 were moved to the one name that owns something; 1 wait", deployment.Gateway.Output, StringComparison.Ordinal);
    }

    private static async Task WriteAsync(string folder)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(folder, "seckill.lock"), "", cancellation);
        var file = Path.Combine(folder, "ledger.db");
        var ledger = new SqliteLedger(file);
        await ledger.PrepareAsync(cancellation);
        var coupon = await ledger.CreateAsync(5);
        await ledger.DrainAsync(coupon.Batch(0, "ada"));
        using (var table = await AccountTable.OpenAsync("System.Data.SQLite", SqliteLedger.ConnectionString(file, pooling: false)))
        {
            foreach (var name in (string[])["alice", "ada", "7"])
                await table.WriteAsOnceAsync(name, new PasswordHasher<object>().HashPassword(new(), Password));
        }
        await using var connection = new SqliteConnection(SqliteLedger.ConnectionString(file, pooling: false));
        await connection.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM schema_version WHERE version >= 4; DROP TABLE deployment";
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
