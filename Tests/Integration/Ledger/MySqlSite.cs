using System.Data.Common;
using MySqlConnector;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The ledger of the cluster mode.</summary>
public sealed class MySqlSite : LedgerSite
{
    internal MySqlServer Server { get; } = new();

    public override ILedger NewLedger() => new MySqlLedger(Server.ConnectionString);

    internal override Task<AccountTable> AccountsAsync() => AccountTable.OpenAsync("MySql.Data.MySqlConnector", MySqlLedger.Complete(Server.ConnectionString));

    public override ValueTask DisposeAsync() => Server.DisposeAsync();

    protected override string Folder => "MySql";

    protected override string TablesQuery => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";

    protected override Dictionary<string, string> Words(DbConnection connection) => MySqlLedger.Words(connection);

    protected override Task StartAsync() => Server.StartAsync();

    protected override async Task<DbConnection> OpenAsync()
    {
        var connection = new MySqlConnection(Server.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
