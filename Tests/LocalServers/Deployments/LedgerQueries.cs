using System.Data.Common;
using System.Globalization;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>A coupon in the ledger.</summary>
/// <param name="Owners">The owners of its units, one entry a row.</param>
public sealed record LedgerRow(IReadOnlyList<string> Owners, long Amount, long Left);

/// <summary>
/// Queries of the SQL store. Names are compared here and not in SQL: a wrong collation of a column is one of the faults that the tests
/// look for.
/// </summary>
public static class LedgerQueries
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    public static async Task<IReadOnlyList<(string Seller, string Coupon, string Username)>> ClaimsAsync(DbConnection ledger, TimeSpan? timeout = null)
    {
        const string sql = "SELECT c.seller, c.name, o.username FROM claims o JOIN coupons c ON c.id = o.coupon_id";
        return await ReadAsync(ledger, sql, row => (Text(row, 0), Text(row, 1), Text(row, 2)), timeout);
    }

    public static async Task<IReadOnlyDictionary<string, long>> LeftAsync(DbConnection ledger, string seller) =>
        (await CountsAsync(ledger)).Where(row => row.Coupon.Seller == seller).ToDictionary(row => row.Coupon.Name, row => row.Left);

    /// <summary>All coupons with their owners.</summary>
    /// <param name="timeout">Of each query; the driver's default if null. Millions of rows take a while.</param>
    public static async Task<IReadOnlyDictionary<(string Seller, string Name), LedgerRow>> CouponsAsync(DbConnection ledger, TimeSpan? timeout = null)
    {
        // First, as it must not be newer than the rows that go with it.
        var counts = await CountsAsync(ledger, timeout);
        var owners = (await ClaimsAsync(ledger, timeout)).ToLookup(row => (row.Seller, row.Coupon), row => row.Username);
        return counts.ToDictionary(row => row.Coupon, row => new LedgerRow([.. owners[row.Coupon]], row.Amount, row.Left));
    }

    /// <summary>How many units are sold.</summary>
    /// <param name="seller">Whose; null for all.</param>
    public static Task<long> SoldAsync(DbConnection ledger, string? seller = null) =>
        NumberAsync(ledger, "SELECT COALESCE(SUM(amount - left_count), 0) FROM coupons" + (seller is null ? "" : " WHERE seller = @seller"), seller);

    /// <summary>How many claims of a seller's coupons there are.</summary>
    public static Task<long> RowsAsync(DbConnection ledger, string seller) =>
        NumberAsync(ledger, "SELECT COUNT(*) FROM claims l JOIN coupons c ON c.id = l.coupon_id WHERE c.seller = @seller", seller);

    /// <summary>Waits until the ledger has all that was sold, or is written no more.</summary>
    /// <param name="seller">Whose coupons; null for all.</param>
    /// <param name="isAll">Whether this many sold units are all.</param>
    /// <param name="standstill">Without progress for this long it is given up.</param>
    /// <returns>The units in the ledger, and the time until the last of them came.</returns>
    public static async Task<(long Sold, TimeSpan After)> DrainedAsync(
        DbConnection ledger, string? seller, Func<long, Task<bool>> isAll, TimeSpan standstill, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var (last, reached) = (-1L, TimeSpan.Zero);
        while (true)
        {
            var (sold, now) = (await SoldAsync(ledger, seller), clock.Elapsed);
            if (sold != last)
                (last, reached) = (sold, now);
            if (await isAll(sold) || now - reached >= standstill)
                return (last, reached);
            await Task.Delay(_pause, stop);
        }
    }

    private static async Task<long> NumberAsync(DbConnection ledger, string sql, string? seller)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@seller", seller);
        command.Parameters.Add(parameter);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private static Task<List<((string Seller, string Name) Coupon, long Amount, long Left)>> CountsAsync(DbConnection ledger, TimeSpan? timeout = null) => ReadAsync(
        ledger, "SELECT seller, name, amount, left_count FROM coupons", row => ((Text(row, 0), Text(row, 1)), row.GetInt64(2), row.GetInt64(3)), timeout);

    private static async Task<List<T>> ReadAsync<T>(DbConnection ledger, string sql, Func<DbDataReader, T> read, TimeSpan? timeout)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        if (timeout is { } limit)
            command.CommandTimeout = (int)limit.TotalSeconds;
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
