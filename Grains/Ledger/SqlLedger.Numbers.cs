using System.Data.Common;
using System.Text;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    // Each row is compared with half of these.
    private const int NumbersAtOnce = 500;
    private const int ClaimsALogLine = 100_000;

    /// <summary>
    /// Numbers the claims that versions below 7 of the schema have written, coupon by coupon in the order of winning. Commits as it goes:
    /// interrupted, it goes on where it was, after the numbers given already.
    /// </summary>
    private async Task NumberClaimsAsync(DbConnection connection, CancellationToken cancellation)
    {
        var (coupons, claims) = (0, 0L);
        for (var after = 0L; ;)
        {
            var id = await connection.ExecuteScalarAsync<long?>(Slow(
                // No EXISTS: MariaDB would read all claims without a number for it, once a coupon.
                $"SELECT id FROM coupons WHERE id > @after AND (SELECT 1 FROM claims {ByNumber} WHERE coupon_id = coupons.id AND seq IS NULL LIMIT 1) = 1 ORDER BY id LIMIT 1",
                new { after }, cancellation));
            if (id is not { } coupon)
                break;
            after = coupon;
            var users = await connection.QueryAsync<string>(Slow(
                "SELECT username FROM claims WHERE coupon_id = @coupon AND seq IS NULL ORDER BY claimed_at, username", new { coupon }, cancellation));
            foreach (var some in users.Chunk(NumbersAtOnce))
            {
                cancellation.ThrowIfCancellationRequested();
                await NumberAsync(connection, coupon, some, cancellation);
                claims += some.Length;
                if (claims / ClaimsALogLine > (claims - some.Length) / ClaimsALogLine)
                    LogNumbering(claims, coupons);
            }
            coupons++;
        }
        if (claims > 0)
            LogNumbering(claims, coupons);
    }

    private static async Task NumberAsync(DbConnection connection, long coupon, string[] users, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync("UPDATE coupons SET feed_seq = feed_seq + @Length WHERE id = @coupon", new { users.Length, coupon }, transaction);
        var last = await connection.ExecuteScalarAsync<long>("SELECT feed_seq FROM coupons WHERE id = @coupon", new { coupon }, transaction);
        var numbers = new StringBuilder("UPDATE claims SET seq = CASE username");
        var names = new DynamicParameters(new { coupon });
        for (var i = 0; i < users.Length; i++)
        {
            numbers.Append(CultureInfo.InvariantCulture, $" WHEN @u{i} THEN {last - users.Length + 1 + i}");
            names.Add($"u{i}", users[i]);
        }
        numbers.Append(" END WHERE coupon_id = @coupon AND seq IS NULL AND username IN (").AppendJoin(',', users.Select((_, i) => $"@u{i}")).Append(')');
        await connection.ExecuteAsync(new CommandDefinition(numbers.ToString(), names, transaction, flags: Dapper.CommandFlags.NoCache, cancellationToken: cancellation));
        await transaction.CommitAsync(cancellation);
    }

    private static CommandDefinition Slow(string query, object parameters, CancellationToken cancellation) =>
        new(query, parameters, commandTimeout: (int)UpgradeTimeout.TotalSeconds, cancellationToken: cancellation);

    [LoggerMessage(EventIds.UpgradeNumberedClaims, LogLevel.Information, "Upgrade: {Claims} claims of {Coupons} coupons were numbered for their feed")]
    private partial void LogNumbering(long claims, int coupons);
}
