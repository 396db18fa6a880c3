using System.Data.Common;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>A database with a prepared ledger, and a way past the ledger into it.</summary>
public abstract class LedgerSite : IAsyncLifetime
{
    public ILedger Ledger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        Ledger = NewLedger();
        await Ledger.PrepareAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Another silo's ledger over the same database.</summary>
    public abstract ILedger NewLedger();

    public async Task<long> QueryAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>How the database reads what a statement asks for: one line a step, in its own words.</summary>
    public async Task<IReadOnlyList<string>> PlanAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"{Explain} {sql}";
        await using var reader = await command.ExecuteReaderAsync();
        var steps = new List<string>();
        while (await reader.ReadAsync())
            steps.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => $"{reader.GetValue(i)}")));
        return steps;
    }

    /// <summary>Adds an event to a coupon's feed, as the transaction of what it tells does.</summary>
    public async Task AppendEventAsync(long coupon, string kind, string? username, long at)
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await SqlLedger.AppendEventAsync(transaction, coupon, kind, username, at);
        await transaction.CommitAsync();
    }

    /// <summary>Runs a statement in a transaction that commits when told to.</summary>
    /// <returns>Once it has run: how to commit.</returns>
    public async Task<Func<Task>> BeginAsync(string sql)
    {
        var connection = await OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        await command.ExecuteNonQueryAsync();
        return async () =>
        {
            await transaction.CommitAsync();
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        };
    }

    /// <summary>Orleans' storage of accounts in this database, as a silo has it.</summary>
    internal abstract Task<AccountTable> AccountsAsync();

    /// <summary>Puts an empty database in the place of this one, as some version of the schema left it.</summary>
    /// <param name="version">The last script that has run.</param>
    public async Task GoBackToSchemaAsync(int version)
    {
        await using var connection = await OpenAsync();
        foreach (var table in await TablesAsync(connection))
            await SchemaUpgrade.ExecuteAsync(connection, $"DROP TABLE {table}", CancellationToken.None);
        await SchemaUpgrade.RunAsync(connection, Folder, Words(connection), TimeProvider.System, CancellationToken.None, upTo: version);
    }

    public abstract ValueTask DisposeAsync();

    protected abstract string Folder { get; }

    protected virtual string Explain => "EXPLAIN";

    protected abstract string TablesQuery { get; }

    protected virtual Dictionary<string, string> Words(DbConnection connection) => [];

    private async Task<List<string>> TablesAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = TablesQuery;
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return tables;
    }

    protected abstract Task StartAsync();

    protected abstract Task<DbConnection> OpenAsync();
}
