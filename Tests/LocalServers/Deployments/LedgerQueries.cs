using System.Data.Common;
using System.Text;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>
/// Queries of the SQL store. Names are compared here and not in SQL: a wrong collation of a column is one of the faults that the tests
/// look for.
/// </summary>
public static class LedgerQueries
{
    public static async Task<IReadOnlyList<(string Seller, string Coupon, string Username)>> ClaimsAsync(DbConnection ledger)
    {
        const string sql = "SELECT c.seller, c.name, o.username FROM claims o JOIN coupons c ON c.id = o.coupon_id";
        return await ReadAsync(ledger, sql, row => (Text(row, 0), Text(row, 1), Text(row, 2)));
    }

    public static async Task<IReadOnlyDictionary<string, long>> LeftAsync(DbConnection ledger, string seller)
    {
        const string sql = "SELECT seller, name, left_count FROM coupons";
        var rows = await ReadAsync(ledger, sql, row => (Seller: Text(row, 0), Coupon: Text(row, 1), Left: row.GetInt64(2)));
        return rows.Where(row => row.Seller == seller).ToDictionary(row => row.Coupon, row => row.Left);
    }

    private static async Task<List<T>> ReadAsync<T>(DbConnection ledger, string sql, Func<DbDataReader, T> read)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return rows;
    }

    // Names may be stored in a binary column.
    private static string Text(DbDataReader row, int column) =>
        row.GetValue(column) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : row.GetString(column);
}
