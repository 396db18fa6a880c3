using System.Data.Common;

namespace SecKill.Grains.Ledger;

/// <summary>Whose ledger it is.</summary>
public abstract partial class SqlLedger
{
    /// <inheritdoc/>
    public Task<DeploymentMark> MarkAsync(string serviceId) => RunAsync(async connection =>
    {
        if (await FindMarkAsync(connection) is { } found)
            return found;
        await using var command = Command(
            connection, "INSERT INTO deployment (only_row, id, service_id, created_at) VALUES (1, @id, @service, @now)",
            ("id", Guid.NewGuid().ToString("N")), ("service", serviceId), ("now", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000));
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            // Another silo was first.
        }
        return (await FindMarkAsync(connection))!;
    });

    /// <inheritdoc/>
    public Task<DeploymentMark?> FindMarkAsync() => RunAsync(FindMarkAsync);

    private static async Task<DeploymentMark?> FindMarkAsync(DbConnection connection)
    {
        var rows = await ReadAllAsync(
            Command(connection, "SELECT id, service_id FROM deployment"), row => new DeploymentMark(row.GetString(0), row.GetString(1)));
        return rows.Count == 0 ? null : rows[0];
    }
}
