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

    private static Task<DeploymentMark?> FindMarkAsync(DbConnection connection) =>
        connection.QuerySingleOrDefaultAsync<DeploymentMark>("SELECT id, service_id AS ServiceId FROM deployment");
}
