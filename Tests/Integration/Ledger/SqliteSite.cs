using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The ledger of the embedded mode.</summary>
public sealed class SqliteSite : LedgerSite
{
    private readonly string _folder = RunFolder.Create("sqlite");

    private string File => Path.Combine(_folder, "ledger.db");

    public override ILedger NewLedger() => new SqliteLedger(File);

    internal override Task<AccountTable> AccountsAsync() =>
        AccountTable.OpenAsync("System.Data.SQLite", SqliteLedger.ConnectionString(File, pooling: false));

    public override ValueTask DisposeAsync()
    {
        RunFolder.Delete(_folder);
        return ValueTask.CompletedTask;
    }

    protected override string Folder => "Sqlite";

    protected override string Explain => "EXPLAIN QUERY PLAN";

    protected override string TablesQuery => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";

    protected override Task StartAsync() => Task.CompletedTask;

    protected override async Task<DbConnection> OpenAsync()
    {
        var connection = new SqliteConnection(SqliteLedger.ConnectionString(File, pooling: false));
        await connection.OpenAsync();
        return connection;
    }
}
