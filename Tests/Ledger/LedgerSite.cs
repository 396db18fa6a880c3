using System.Data.Common;
using System.Globalization;
using SecKill.Grains.Ledger;
using Xunit;

namespace SecKill.Tests.Ledger;

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

    /// <summary>Orleans' storage of accounts in this database, as a silo has it.</summary>
    internal abstract Task<AccountTable> AccountsAsync();

    public abstract ValueTask DisposeAsync();

    protected abstract Task StartAsync();

    protected abstract Task<DbConnection> OpenAsync();
}
