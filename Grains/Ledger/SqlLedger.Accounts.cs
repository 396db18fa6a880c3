using System.Data.Common;
using System.Text;
using Dapper;
using SecKill.Grains.Accounts;

namespace SecKill.Grains.Ledger;

/// <summary>
/// Accounts that versions below 4 of the schema have under a number: a key that reads as hexadecimal was kept as that number, so that
/// <c>ada</c>, <c>Ada</c> and <c>0ada</c> shared one row, in which no name stands. The upgrade moves a row to the one name that
/// owns something in the ledger; where there is none, or several, the first name that logs in with the row's password gets it.
/// </summary>
public abstract partial class SqlLedger
{
    private const int NamesAtOnce = 10_000;
    private const int MovesAtOnce = 500;

    /// <inheritdoc/>
    public Task<bool> NameAccountAsync(string username) => RunAsync(async connection =>
        UserName.Known(username).TryReadNumber(out var number) && await NameAccountAsync(connection, null, number, username));

    /// <summary>What the upgrade does besides running scripts, by version.</summary>
    protected Dictionary<int, Func<Task>> Steps(DbConnection connection, CancellationToken cancellation) => new()
    {
        [4] = () => NameAccountsAsync(connection, cancellation),
        [7] = () => NumberClaimsAsync(connection, cancellation),
    };

    /// <summary>Moves one row, by a single statement: of two names one gets it, and it moves whole wherever the process dies.</summary>
    private static async Task<bool> NameAccountAsync(DbConnection connection, DbTransaction? transaction, long number, string username)
    {
        var key = UserName.Known(username).Key;
        // As Orleans hashes keys: backwards.
        var numberBytes = BitConverter.GetBytes(number);
        var keyBytes = Encoding.UTF8.GetBytes(key);
        Array.Reverse(numberBytes);
        Array.Reverse(keyBytes);
        return await connection.ExecuteAsync(
            "UPDATE OrleansStorage SET GrainIdHash = @hash, GrainIdN1 = 0, GrainIdExtensionString = @key " +
            "WHERE GrainIdHash = @numberHash AND GrainIdN0 = 0 AND GrainIdN1 = @number AND GrainIdExtensionString IS NULL AND GrainTypeString = @StateName",
            new { hash = (int)StableHash.ComputeHash(keyBytes), key, numberHash = (int)StableHash.ComputeHash(numberBytes), number, AccountStore.StateName },
            transaction) > 0;
    }

    private async Task NameAccountsAsync(DbConnection connection, CancellationToken cancellation)
    {
        var accounts = await NumberedAccountsAsync(connection, cancellation);
        if (accounts.Count == 0)
            return;
        LogNumbered(accounts.Count);
        await FindNamesAsync(connection, accounts, "claims", "username", cancellation);
        await FindNamesAsync(connection, accounts, "coupons", "seller", cancellation);

        var moved = 0;
        foreach (var batch in accounts.Where(account => account.Value.Count == 1).Chunk(MovesAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            foreach (var (number, names) in batch)
                moved += await NameAccountAsync(connection, transaction, number, names.Single()) ? 1 : 0;
            await transaction.CommitAsync(cancellation);
        }
        LogNamed(moved, accounts.Count - moved);
    }

    /// <returns>The names that own something, by number; none yet.</returns>
    private static async Task<Dictionary<long, HashSet<string>>> NumberedAccountsAsync(DbConnection connection, CancellationToken cancellation)
    {
        var numbers = await connection.QueryAsync<long>(new CommandDefinition(
            "SELECT DISTINCT GrainIdN1 FROM OrleansStorage WHERE GrainIdExtensionString IS NULL AND GrainIdN0 = 0 AND GrainTypeString = @StateName",
            new { AccountStore.StateName }, commandTimeout: (int)UpgradeTimeout.TotalSeconds, cancellationToken: cancellation));
        return numbers.ToDictionary(number => number, _ => new HashSet<string>());
    }

    private static async Task FindNamesAsync(
        DbConnection connection, Dictionary<long, HashSet<string>> accounts, string table, string column, CancellationToken cancellation)
    {
        for (var after = ""; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            // Names compare byte by byte: those that read as hexadecimal come before 'g'.
            var names = (await connection.QueryAsync<string>(new CommandDefinition(
                $"SELECT DISTINCT {column} FROM {table} WHERE {column} > @after AND {column} < 'g' ORDER BY {column} LIMIT @NamesAtOnce",
                new { after, NamesAtOnce }, commandTimeout: (int)UpgradeTimeout.TotalSeconds, cancellationToken: cancellation))).AsList();
            if (names.Count == 0)
                return;
            foreach (var name in names)
            {
                if (UserName.Known(name).TryReadNumber(out var number) && accounts.TryGetValue(number, out var owners))
                    owners.Add(name);
            }
            after = names[^1];
        }
    }

    [LoggerMessage(EventIds.UpgradeFoundNumbered, LogLevel.Information, "Upgrade: {Count} accounts are kept under a number, which several names share; looking for the names that own something")]
    private partial void LogNumbered(int count);

    [LoggerMessage(
        EventIds.UpgradeNamedAccounts, LogLevel.Warning,
        "Upgrade: of the accounts kept under a number, {Moved} were moved to the one name that owns something; {Waiting} wait for the first log-in with their password, whose name they get (docs/operating/backup.md)")]
    private partial void LogNamed(int moved, int waiting);
}
