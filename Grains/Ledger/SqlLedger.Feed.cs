using System.Data.Common;
using Dapper;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    /// <summary>
    /// Follows the name of the table claims: read it by number. A statement's plan must not turn, with the statistics, into one that sorts
    /// a million claims a page.
    /// </summary>
    protected abstract string ByNumber { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FeedClaim>> ClaimsAfterAsync(FeedQuery query) => RunAsync(async connection =>
    {
        var (table, of) = query.Customer is null ? ($"claims {ByNumber}", "") : ("claims", "AND username = @Customer ");
        var rows = (await connection.QueryAsync<(long Seq, string Customer, long At, long? ReturnedAt, long? RedeemedAt)>(
            $"SELECT seq, username, claimed_at, returned_at, redeemed_at FROM {table} WHERE {IsOf} {of}AND seq > @After ORDER BY seq LIMIT @Count",
            Parameters(query))).AsList();
        await CheckAsync(connection, query, rows.Count);
        return (IReadOnlyList<FeedClaim>)rows.ConvertAll(row => new FeedClaim(row.Seq, row.Customer, row.At, row.ReturnedAt, row.RedeemedAt));
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<FeedEvent>> EventsAfterAsync(FeedQuery query) => RunAsync(async connection =>
    {
        // Each side brings as many as the page can take; of one snapshot, so that no number of the one is passed while the other still writes it.
        var rows = (await connection.QueryAsync<(long No, string Kind, string? Customer, long At)>(
            "SELECT no, kind, username, at FROM (" +
            $"SELECT * FROM (SELECT seq AS no, '{FeedKinds.Claimed}' AS kind, username, claimed_at AS at FROM claims {ByNumber} WHERE {IsOf} AND seq > @After ORDER BY seq LIMIT @Count) AS won " +
            $"UNION ALL SELECT * FROM (SELECT no, kind, username, at FROM events WHERE {IsOf} AND no > @After ORDER BY no LIMIT @Count) AS others) AS feed " +
            "ORDER BY no LIMIT @Count",
            Parameters(query))).AsList();
        await CheckAsync(connection, query, rows.Count);
        return (IReadOnlyList<FeedEvent>)rows.ConvertAll(row => new FeedEvent(row.No, row.Kind, row.Customer, row.At));
    });

    /// <inheritdoc/>
    public Task<LedgerSale?> CountUpAsync(LedgerKey coupon) => RunAsync(async connection =>
    {
        // The first and the last by number: by time, each report would read all claims.
        string Edge(string order) => $"(SELECT claimed_at FROM claims {ByNumber} WHERE coupon_id = coupons.id AND seq > 0 ORDER BY seq {order} LIMIT 1)";
        var found = await connection.QuerySingleOrDefaultAsync<SaleRow>(
            $"SELECT {CouponColumns}, {Edge("ASC")} AS FirstClaimAt, {Edge("DESC")} AS LastClaimAt, " +
            "(SELECT MAX(at) FROM operations WHERE scope = @scope AND action = 'amount') AS AmountChangedAt, " +
            "CASE WHEN joins > leaves THEN (SELECT COUNT(*) FROM waiting WHERE coupon_id = coupons.id AND left_at IS NULL AND served_at IS NULL) ELSE 0 END AS Waiting FROM coupons WHERE id = @Id AND identity = @Identity",
            new { coupon.Id, coupon.Identity, scope = ScopeOf(coupon.Id) });
        return found is null ? null : new LedgerSale(found.Coupon, found.FirstClaimAt, found.LastClaimAt, found.AmountChangedAt, found.Waiting);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<(long Row, CustomerClaim Claim)>> ClaimsOfCustomerAsync(string username, long after, int count) => RunAsync(async connection =>
        (IReadOnlyList<(long, CustomerClaim)>)(await connection.QueryAsync<(long Id, string Seller, string Name, long At, long? ReturnedAt, long? RedeemedAt)>(
            "SELECT coupons.id, seller, name, claimed_at, returned_at, redeemed_at FROM claims JOIN coupons ON coupons.id = claims.coupon_id " +
            "WHERE username = @username AND coupon_id > @after ORDER BY coupon_id LIMIT @count", new { username, after, count }))
            .Select(row => (row.Id, new CustomerClaim(CouponId.Known(row.Seller, row.Name), row.At, row.ReturnedAt, row.RedeemedAt))).ToList());

    /// <inheritdoc/>
    public Task<IReadOnlyList<CustomerClaim>> WaitsOfCustomerAsync(string username, int count) => RunAsync(async connection =>
        (IReadOnlyList<CustomerClaim>)(await connection.QueryAsync<(string Seller, string Name, long At)>(
            "SELECT seller, name, joined_at FROM waiting JOIN coupons ON coupons.id = waiting.coupon_id " +
            "WHERE username = @username AND left_at IS NULL AND served_at IS NULL ORDER BY coupon_id DESC LIMIT @count", new { username, count }))
            .Select(row => new CustomerClaim(CouponId.Known(row.Seller, row.Name), row.At, null)).ToList());

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> CouponsAfterAsync(string seller, long after, int count) => CouponsAsync(
        $"SELECT {CouponColumns} FROM coupons WHERE seller = @seller AND id > @after ORDER BY id LIMIT @count", new { seller, after, count });

    /// <inheritdoc/>
    public Task<long> CountWrongNumbersAsync(LedgerKey coupon) => RunAsync(connection => connection.ExecuteScalarAsync<long>(
        "SELECT (SELECT COUNT(*) - COUNT(DISTINCT seq) FROM claims WHERE coupon_id = coupons.id) " +
        "+ (SELECT COUNT(*) FROM claims WHERE coupon_id = coupons.id AND seq > feed_seq) " +
        "+ (SELECT COUNT(*) FROM events WHERE coupon_id = coupons.id AND (no > feed_seq OR no IN (SELECT seq FROM claims WHERE coupon_id = coupons.id AND seq IS NOT NULL))) " +
        "+ (SELECT COUNT(*) FROM conflicts WHERE coupon_id = coupons.id AND no > feed_seq) " +
        "FROM coupons WHERE id = @Id AND identity = @Identity", new { coupon.Id, coupon.Identity }));

    private static object Parameters(FeedQuery query) => new { Id = query.Feed.Row, query.Feed.Identity, query.After, query.Count, query.Customer };

    /// <summary>Fewer rows than asked for are the end of the feed, unless the ledger has lost the coupon meanwhile.</summary>
    private static async Task CheckAsync(DbConnection connection, FeedQuery query, int rows)
    {
        if (rows < query.Count
            && await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM coupons WHERE id = @Row AND identity = @Identity", new { query.Feed.Row, query.Feed.Identity }) == 0)
        {
            throw new UnavailableException("The ledger has lost the coupon while its feed was read.");
        }
    }

    private sealed class SaleRow : CouponRow
    {
        public long? FirstClaimAt { get; init; }
        public long? LastClaimAt { get; init; }
        public long? AmountChangedAt { get; init; }
        public long Waiting { get; init; }
    }
}
