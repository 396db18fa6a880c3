using System.Data.Common;
using Dapper;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<DeploymentMark> MarkAsync(string serviceId) => RunAsync(async connection =>
    {
        if (await FindMarkAsync(connection) is { } found)
            return found;
        try
        {
            await connection.ExecuteAsync(
                "INSERT INTO deployment (only_row, id, service_id, created_at, protocol) VALUES (1, @id, @serviceId, @Now, @Number)",
                new { id = Guid.NewGuid().ToString("N"), serviceId, Now, Protocol.Number });
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            // Another silo was first.
        }
        return (await FindMarkAsync(connection))!;
    });

    /// <inheritdoc/>
    public Task<DeploymentMark?> FindMarkAsync() => RunAsync(FindMarkAsync);

    /// <inheritdoc/>
    public Task<bool> CheckProtocolAsync() => RunAsync(async connection =>
    {
        var number = await SchemaUpgrade.ProtocolAsync(connection);
        return number == Protocol.Number
            ? true
            : throw new NotSupportedException(
                $"The ledger is of programs with protocol number {number}, and this one has {Protocol.Number}. Use the command of those, or start a silo of this one first.");
    });

    /// <inheritdoc/>
    public Task<CouponId?> FindUserOfFeaturesAsync() => RunAsync(async connection =>
        // A unit of any coupon can be redeemed.
        await connection.QueryFirstOrDefaultAsync<(string Seller, string Name)?>(
            "SELECT seller, name FROM coupons WHERE returns > 0 OR waitlist > 0 OR redeem_until IS NOT NULL OR redeemed > 0 ORDER BY id LIMIT 1") is { } coupon
            ? CouponId.Known(coupon.Seller, coupon.Name)
            : (CouponId?)null);

    /// <inheritdoc/>
    public Task<bool> RollBackAsync() => RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("UPDATE deployment SET protocol = @Before", new { Protocol.Before }, transaction);
        await connection.ExecuteAsync("DELETE FROM schema_version WHERE version > @SchemaBefore", new { Protocol.SchemaBefore }, transaction);
        await transaction.CommitAsync();
        return true;
    });

    private static Task<DeploymentMark?> FindMarkAsync(DbConnection connection) =>
        connection.QuerySingleOrDefaultAsync<DeploymentMark>("SELECT id, service_id AS ServiceId FROM deployment");
}
