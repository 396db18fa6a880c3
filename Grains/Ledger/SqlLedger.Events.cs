using System.Data.Common;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <summary>
    /// Adds an event to a coupon's feed, in the transaction of what it tells, which has the coupon's row locked: so numbers become visible
    /// in their order, and a cursor misses none.
    /// </summary>
    /// <param name="transaction">The open transaction.</param>
    /// <param name="coupon">The row's id.</param>
    /// <param name="kind">One of <see cref="Interfaces.Feed.FeedKinds"/>, but for claims.</param>
    /// <param name="username">The customer; null where it is about none.</param>
    /// <param name="at">When, in microseconds since 1970.</param>
    /// <param name="detail">JSON, by kind.</param>
    internal static async Task AppendEventAsync(DbTransaction transaction, long coupon, string kind, string? username, long at, string? detail = null)
    {
        var row = new { coupon, kind, username, at, detail };
        await transaction.Connection!.ExecuteAsync("UPDATE coupons SET feed_seq = feed_seq + 1 WHERE id = @coupon", row, transaction);
        await transaction.Connection!.ExecuteAsync(
            "INSERT INTO events (coupon_id, no, kind, username, at, detail) SELECT id, feed_seq, @kind, @username, @at, @detail FROM coupons WHERE id = @coupon",
            row, transaction);
    }
}
