using System.Data;
using System.Data.Common;
using System.Security.Cryptography;
using Dapper;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    private const string CouponColumns =
        "id, identity, seller, name, amount, stock, description, left_count AS LeftCount, drained, epoch, version, returned, redeemed, starts_at AS StartsAt, " +
        "ends_at AS EndsAt, opened_at AS OpenedAt, ended_at AS EndedAt, paused_at AS PausedAt, paused_reason AS PausedReason, " +
        "returns, return_until AS ReturnUntil, waitlist, redeem_until AS RedeemUntil, joins, leaves";
    private const string Claims = "(SELECT COUNT(*) FROM claims WHERE coupon_id = coupons.id)";
    private const string Given = "(SELECT COUNT(returned_at) FROM claims WHERE coupon_id = coupons.id)";
    private const string CountedColumns = $"{CouponColumns}, {Claims} AS Claims, {Given} AS Given";

    /// <summary>Claims of one coupon, and none where its row is another's.</summary>
    private const string IsOf = "coupon_id = @Id AND EXISTS (SELECT 1 FROM coupons WHERE id = @Id AND identity = @Identity)";

    /// <inheritdoc/>
    public Task<LedgerCoupon?> CreateAsync(CouponId id, CouponTerms terms, long? identity = null, RequestMark? request = null) => RunAsync(async connection =>
    {
        try
        {
            var isCreated = request?.Key is null
                ? await InsertAsync(connection, null, id, terms, identity) > 0
                : await RetryConflictsAsync(() => TryCreateOnceAsync(connection, id, terms, request));
            return isCreated ? await FindAsync(connection, id) : null;
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            return null;
        }
    });

    private async Task<bool> TryCreateOnceAsync(DbConnection connection, CouponId id, CouponTerms terms, RequestMark request)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await InsertAsync(connection, transaction, id, terms, identity: null);
        var row = (await FindAsync(connection, id, transaction: transaction))!;
        var isFirst = await TryInsertRequestAsync(connection, transaction, row.LedgerId, request, StatusOfCreation);
        if (isFirst)
            await transaction.CommitAsync();
        return isFirst;
    }

    private Task<int> InsertAsync(DbConnection connection, DbTransaction? transaction, CouponId id, CouponTerms terms, long? identity) => connection.ExecuteAsync(
        "INSERT INTO coupons (identity, seller, name, amount, stock, description, left_count, drained, epoch, created_at, version, starts_at, ends_at, " +
        "returns, return_until, waitlist, redeem_until) " +
        "VALUES (@identity, @seller, @name, @Amount, @Stock, @Description, @Amount, 0, @Now, @Now, @version, @StartsAt, @EndsAt, @returns, @ReturnUntil, @Waitlist, @RedeemUntil)",
        new
        {
            identity = identity ?? NewIdentity(),
            seller = id.Seller.Value,
            name = id.Name.Value,
            terms.Amount,
            Stock = terms.FaceValue,
            terms.Description,
            Now,
            // A version tells the scripts to look at what a plain coupon has not.
            version = terms.UsesFeatures ? 1 : 0,
            terms.StartsAt,
            terms.EndsAt,
            returns = terms.Returns ? 1 : 0,
            terms.ReturnUntil,
            terms.Waitlist,
            terms.RedeemUntil,
        },
        transaction);

    /// <inheritdoc/>
    public Task<LedgerCoupon?> FindAsync(CouponId id, bool countsClaims = false) => RunAsync(connection => FindAsync(connection, id, countsClaims));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> CouponsOfAsync(IReadOnlyList<string> sellers) =>
        CouponsAsync($"SELECT {CouponColumns} FROM coupons WHERE seller IN @sellers ORDER BY id", new { sellers });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> UnfinishedAsync(long belowId, int count) => CouponsAsync(
        $"SELECT {CouponColumns} FROM coupons WHERE (left_count > 0 OR waitlist > 0) AND id < @belowId ORDER BY id DESC LIMIT @count", new { belowId, count });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(long belowId, int count, bool countsClaims = false) => CouponsAsync(
        $"SELECT {Columns(countsClaims)} FROM coupons WHERE id < @belowId ORDER BY id DESC LIMIT @count", new { belowId, count });

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerClaim>> ClaimsOfAsync(IReadOnlyList<string> users) => RunAsync(async connection => (IReadOnlyList<LedgerClaim>)
    [
        .. (await connection.QueryAsync<(string User, string Seller, string Name, long Micros, long IsReturned)>(
            "SELECT username, seller, name, claimed_at, CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END FROM claims " +
            "JOIN coupons ON coupons.id = claims.coupon_id WHERE username IN @users", new { users }))
            .Select(row => new LedgerClaim(row.User, CouponId.Known(row.Seller, row.Name), row.Micros, row.IsReturned == 1)),
    ]);

    /// <inheritdoc/>
    public Task<LedgerCoupon?> BeginEpochAsync(CouponId id, long seen) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        // The row is locked, so that relays wait, and those after it belong to the new epoch.
        var name = new { seller = id.Seller.Value, name = id.Name.Value };
        if (await connection.QuerySingleOrDefaultAsync<long?>($"SELECT id FROM coupons WHERE seller = @seller AND name = @name {ForUpdate}", name, transaction) is not { } row)
            return null;
        // Counted, because a row added or removed by hand would otherwise make outbox and ledger differ for ever.
        var (claims, given, redeemed) = await connection.QuerySingleAsync<(long, long, long)>(
            "SELECT COUNT(*), COUNT(returned_at), COUNT(redeemed_at) FROM claims WHERE coupon_id = @row", new { row }, transaction);
        // By the clock, because a rolled-back ledger has an earlier epoch than relays under way, and Redis may have lost its own too.
        var changed = await connection.ExecuteAsync(
            "UPDATE coupons SET epoch = CASE WHEN epoch < @least THEN @least ELSE epoch + 1 END, drained = @claims, returned = @given, redeemed = @redeemed, " +
            "left_count = amount - @claims + @given WHERE id = @row AND amount >= @claims - @given",
            new { least = Math.Max(seen + 1, Now), claims, given, redeemed, row }, transaction);
        if (changed == 0)
            throw Unrebuildable.TooManyClaims((await FindAsync(connection, id, countsClaims: true, transaction))!);
        var coupon = await FindAsync(connection, id, transaction: transaction);
        await transaction.CommitAsync();
        return coupon;
    }));

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerOwner>> OwnersAsync(LedgerKey coupon, string after, int count) => RunAsync(async connection =>
        (IReadOnlyList<LedgerOwner>)(await connection.QueryAsync<(string User, long IsReturned)>(
            $"SELECT username, CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END FROM claims WHERE {IsOf} AND username > @after ORDER BY username LIMIT @count",
            new { coupon.Id, coupon.Identity, after, count })).Select(row => new LedgerOwner(row.User, row.IsReturned == 1)).ToList());

    /// <inheritdoc/>
    public Task<bool> HasAllAsync(LedgerKey coupon, IReadOnlyList<string> users) => RunAsync(async connection =>
        await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM claims WHERE {IsOf} AND username IN @users", new { coupon.Id, coupon.Identity, users }) == users.Count);

    private static string Columns(bool countsClaims) => countsClaims ? CountedColumns : CouponColumns;

    private static async Task<LedgerCoupon?> FindAsync(
        DbConnection connection, CouponId id, bool countsClaims = false, DbTransaction? transaction = null) =>
        (await connection.QuerySingleOrDefaultAsync<CouponRow>(
            $"SELECT {Columns(countsClaims)} FROM coupons WHERE seller = @seller AND name = @name",
            new { seller = id.Seller.Value, name = id.Name.Value }, transaction))?.Coupon;

    private Task<IReadOnlyList<LedgerCoupon>> CouponsAsync(string query, object parameters) => RunAsync(async connection =>
        (IReadOnlyList<LedgerCoupon>)[.. (await connection.QueryAsync<CouponRow>(query, parameters)).Select(row => row.Coupon)]);

    /// <summary>63 random bits: two coupons never meet in a lifetime of sales.</summary>
    private static long NewIdentity() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;

    /// <summary>A row of the table coupons, as Dapper fills it.</summary>
    private class CouponRow
    {
        public long Id { get; init; }
        public long Identity { get; init; }
        public string Seller { get; init; } = "";
        public string Name { get; init; } = "";
        public int Amount { get; init; }
        public int Stock { get; init; }
        public string Description { get; init; } = "";
        public int LeftCount { get; init; }
        public long Drained { get; init; }
        public long Epoch { get; init; }
        public long Version { get; init; }
        public long Returned { get; init; }
        public long Redeemed { get; init; }
        public long? Claims { get; init; }
        public long? Given { get; init; }
        public long? StartsAt { get; init; }
        public long? EndsAt { get; init; }
        public long? OpenedAt { get; init; }
        public long? EndedAt { get; init; }
        public long? PausedAt { get; init; }
        public string? PausedReason { get; init; }
        public long Returns { get; init; }
        public long? ReturnUntil { get; init; }
        public int Waitlist { get; init; }
        public long? RedeemUntil { get; init; }
        public long Joins { get; init; }
        public long Leaves { get; init; }

        public LedgerCoupon Coupon => new(
            new LedgerKey(Id, Identity), CouponId.Known(Seller, Name), new CouponTerms(Amount, Stock, Description, StartsAt, EndsAt, Returns == 1, ReturnUntil, Waitlist, RedeemUntil), LeftCount,
            Drained, Epoch, Version, Returned, Claims, Given, OpenedAt, EndedAt, PausedAt, PausedReason, Joins, Leaves, Redeemed);
    }
}
