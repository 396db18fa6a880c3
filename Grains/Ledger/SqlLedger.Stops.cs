using System.Data;
using Dapper;
using SecKill.Grains.Interfaces.Stops;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<SaleStop>> StopsAsync() => RunAsync(async connection =>
        (IReadOnlyList<SaleStop>)(await connection.QueryAsync<SaleStop>("SELECT seller, coupon FROM stops ORDER BY seller, coupon")).ToList());

    /// <inheritdoc/>
    public Task<bool> SetStopAsync(SaleStop which, bool isStopped, string actor) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        // Locks what follows the last one too, so that no number is given twice.
        var last = await connection.ExecuteScalarAsync<long?>(
            $"SELECT no FROM operations WHERE scope = @ScopeOfStops ORDER BY no DESC LIMIT 1 {ForUpdate}", new { ScopeOfStops }, transaction) ?? 0;
        var parameters = new { which.Seller, which.Coupon, actor, Now };
        var isThere = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM stops WHERE seller = @Seller AND coupon = @Coupon", parameters, transaction) > 0;
        if (isThere == isStopped)
            return false;
        await connection.ExecuteAsync(
            isStopped ? "INSERT INTO stops (seller, coupon, by_whom, at) VALUES (@Seller, @Coupon, @actor, @Now)" : "DELETE FROM stops WHERE seller = @Seller AND coupon = @Coupon",
            parameters, transaction);
        await InsertOperationAsync(connection, transaction, ScopeOfStops, last + 1, new Operation(actor, isStopped ? "stop" : "start", "", which.ToString(), null));
        await transaction.CommitAsync();
        return true;
    }));
}
