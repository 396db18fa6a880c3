using System.Data;
using System.Data.Common;
using System.Text;
using Dapper;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    // Names compared by one statement.
    private const int WaitsAtOnce = 500;

    /// <summary>The end of an INSERT INTO waiting: a customer who joins again stands at the new place, unless the row has a later one.</summary>
    protected abstract string OnRejoin { get; }

    /// <inheritdoc/>
    public Task<WaitResult> DrainWaitlogAsync(WaitBatch batch) => RunAsync(connection => RetryConflictsAsync(() => TryDrainWaitlogAsync(connection, batch)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerWait>> WaitsAsync(LedgerKey coupon, string after, int count) => RunAsync(async connection =>
        (IReadOnlyList<LedgerWait>)(await connection.QueryAsync<LedgerWait>(
            $"SELECT {WaitColumns} FROM waiting WHERE {IsOf} AND username > @after ORDER BY username LIMIT @count",
            new { coupon.Id, coupon.Identity, after, count })).ToList());

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerWait>> WaitsOfAsync(LedgerKey coupon, IReadOnlyList<string> users) => RunAsync(async connection =>
        (IReadOnlyList<LedgerWait>)(await connection.QueryAsync<LedgerWait>(
            $"SELECT {WaitColumns} FROM waiting WHERE {IsOf} AND username IN @users", new { coupon.Id, coupon.Identity, users })).ToList());

    private const string WaitColumns = "username AS User, no AS Serial, joined_at AS JoinedAt, left_at AS LeftAt, served_at AS ServedAt";

    private async Task<WaitResult> TryDrainWaitlogAsync(DbConnection connection, WaitBatch batch)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var (joins, leaves) = (batch.Entries.Where(entry => entry.IsJoin).ToList(), batch.Entries.Where(entry => !entry.IsJoin).ToList());
        var key = new { batch.Coupon.Id, batch.Coupon.Identity, batch.Epoch, batch.Position, Joins = joins.Count, Leaves = leaves.Count };
        var moved = await connection.ExecuteAsync(
            "UPDATE coupons SET joins = joins + @Joins, leaves = leaves + @Leaves " +
            "WHERE id = @Id AND identity = @Identity AND epoch = @Epoch AND joins + leaves = @Position", key, transaction);
        if (moved == 0)
        {
            var found = await connection.QueryAsync<(long Epoch, long Logged)>(
                "SELECT epoch, joins + leaves FROM coupons WHERE id = @Id AND identity = @Identity", key, transaction);
            return found.Select(row => new WaitResult(false, row.Epoch, row.Logged)).FirstOrDefault(new WaitResult(false, -1, -1));
        }
        foreach (var chunk in joins.Chunk(WaitsAtOnce))
            await JoinAsync(connection, transaction, batch.Coupon.Id, chunk);
        // After all joins: each says which one it ends.
        foreach (var chunk in leaves.Chunk(WaitsAtOnce))
            await LeaveAsync(connection, transaction, batch.Coupon.Id, chunk);
        // Some may have been served, and their claims drained, before this.
        await NoteServedAsync(connection, transaction, batch.Coupon.Id, joins.Select(entry => entry.User));
        await transaction.CommitAsync();
        return new WaitResult(true, batch.Epoch, batch.Position + batch.Entries.Count);
    }

    private async Task JoinAsync(DbConnection connection, DbTransaction transaction, long coupon, WaitEntry[] entries)
    {
        var text = new StringBuilder("INSERT INTO waiting (coupon_id, username, no, joined_at) VALUES ");
        var names = new DynamicParameters();
        for (var i = 0; i < entries.Length; i++)
        {
            names.Add($"u{i}", entries[i].User);
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({coupon},@u{i},{entries[i].Serial},{entries[i].Micros})");
        }
        await connection.ExecuteAsync(new CommandDefinition(text.Append(' ').Append(OnRejoin).ToString(), names, transaction, flags: Dapper.CommandFlags.NoCache));
    }

    private static async Task LeaveAsync(DbConnection connection, DbTransaction transaction, long coupon, WaitEntry[] entries)
    {
        var (times, which) = (new StringBuilder(), new StringBuilder());
        var names = new DynamicParameters();
        for (var i = 0; i < entries.Length; i++)
        {
            names.Add($"u{i}", entries[i].User);
            var one = string.Create(CultureInfo.InvariantCulture, $"username = @u{i} AND no = {entries[i].Serial}");
            times.Append(CultureInfo.InvariantCulture, $" WHEN {one} THEN {entries[i].Micros}");
            which.Append(i == 0 ? "(" : " OR (").Append(one).Append(')');
        }
        await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE waiting SET left_at = CASE{times} END WHERE coupon_id = {coupon.ToString(CultureInfo.InvariantCulture)} AND left_at IS NULL " +
            // Or SQLite reads the whole line.
            $"AND username IN ({string.Join(',', entries.Select((_, i) => $"@u{i}"))}) AND ({which})",
            names, transaction, flags: Dapper.CommandFlags.NoCache));
    }

    /// <summary>
    /// Notes of those of some customers who waited and whose claims are there that they were served, with its events; the coupon's row is
    /// locked. By claims and joins whichever is drained second, so that their order does not matter.
    /// </summary>
    private static async Task NoteServedAsync(DbConnection connection, DbTransaction transaction, long coupon, IEnumerable<string> users)
    {
        foreach (var some in users.Chunk(WaitsAtOnce))
        {
            var served = (await connection.QueryAsync<(string User, long At)>(
                "SELECT waiting.username, claimed_at FROM waiting JOIN claims ON claims.coupon_id = waiting.coupon_id AND claims.username = waiting.username " +
                "WHERE waiting.coupon_id = @coupon AND waiting.username IN @some AND left_at IS NULL AND served_at IS NULL ORDER BY no",
                new { coupon, some }, transaction)).AsList();
            if (served.Count == 0)
                continue;
            var (times, rows, names) = (new StringBuilder("CASE username"), new StringBuilder(), new DynamicParameters(new { coupon, served.Count, kind = FeedKinds.Served }));
            for (var i = 0; i < served.Count; i++)
            {
                times.Append(CultureInfo.InvariantCulture, $" WHEN @u{i} THEN {served[i].At}");
                rows.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}(@coupon, @last - {served.Count - 1 - i}, @kind, @u{i}, {served[i].At})");
                names.Add($"u{i}", served[i].User);
            }
            await ExecuteAsync($"UPDATE waiting SET served_at = {times} END WHERE coupon_id = @coupon AND username IN ({string.Join(',', served.Select((_, i) => $"@u{i}"))})");
            await ExecuteAsync("UPDATE coupons SET feed_seq = feed_seq + @Count WHERE id = @coupon");
            names.Add("last", await connection.ExecuteScalarAsync<long>("SELECT feed_seq FROM coupons WHERE id = @coupon", new { coupon }, transaction));
            await ExecuteAsync($"INSERT INTO events (coupon_id, no, kind, username, at) VALUES {rows}");

            // A text of its own each time: Dapper must not keep it.
            Task<int> ExecuteAsync(string text) => connection.ExecuteAsync(new CommandDefinition(text, names, transaction, flags: Dapper.CommandFlags.NoCache));
        }
    }
}
