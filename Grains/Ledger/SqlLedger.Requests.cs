using System.Data;
using System.Data.Common;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<LedgerRequest?> FindRequestAsync(string caller, string key) => RunAsync(connection => FindRequestAsync(connection, null, caller, key));

    private static Task<LedgerRequest?> FindRequestAsync(DbConnection connection, DbTransaction? transaction, string caller, string key) =>
        connection.QuerySingleOrDefaultAsync<LedgerRequest>(
            "SELECT content, at FROM requests WHERE caller = @caller AND request_key = @key", new { caller, key }, transaction);

    /// <inheritdoc/>
    public Task<bool> HasVersionAsync(LedgerKey coupon, long version) => NoteRequestAsync(coupon, version, request: null);

    /// <inheritdoc/>
    public Task<bool> NoteRequestAsync(LedgerKey coupon, long readVersion, RequestMark? request) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var version = await connection.QuerySingleOrDefaultAsync<long?>(
            $"SELECT version FROM coupons WHERE id = @Id AND identity = @Identity {ForUpdate}", new { coupon.Id, coupon.Identity }, transaction);
        var isNoted = version == readVersion && await TryInsertRequestAsync(connection, transaction, coupon.Id, request, StatusOfChange);
        if (isNoted)
            await transaction.CommitAsync();
        return isNoted;
    }));

    private const int StatusOfChange = 200;
    private const int StatusOfCreation = 201;

    /// <summary>Writes a request into the transaction of its effect; nothing where it has no key.</summary>
    /// <returns>False where the caller has used that key: then the transaction must be rolled back.</returns>
    private async Task<bool> TryInsertRequestAsync(DbConnection connection, DbTransaction transaction, long coupon, RequestMark? request, int status)
    {
        if (request?.Key is null)
            return true;
        try
        {
            await connection.ExecuteAsync(
                "INSERT INTO requests (caller, request_key, route, content, status, coupon_id, at) VALUES (@Caller, @Key, @Route, @Hash, @status, @coupon, @Now)",
                new { request.Caller, request.Key, request.Route, request.Hash, status, coupon, Now }, transaction);
            return true;
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            return false;
        }
    }
}
