using System.Data;
using System.Data.Common;
using Dapper;
using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    // So that a seller cannot fill the ledger with one code and many names of tills.
    private const int MaxConflictsOfClaim = 50;

    /// <summary>The server's clock in microseconds since 1970, as SQL. It may name <c>@Now</c>, which is this process's.</summary>
    protected abstract string Clock { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RedemptionReply>> RedeemAsync(IReadOnlyList<Redemption> wanted) => RunAsync(async connection =>
    {
        try
        {
            return await RetryConflictsAsync(() => RedeemTogetherAsync(connection, wanted));
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            // Keys are looked up under the lock of one's own coupon. This one was used for another coupon at the same time.
            var replies = new RedemptionReply[wanted.Count];
            for (var i = 0; i < replies.Length; i++)
                replies[i] = await RedeemAloneAsync(connection, wanted[i]);
            return replies;
        }
    });

    private async Task<RedemptionReply> RedeemAloneAsync(DbConnection connection, Redemption wanted)
    {
        try
        {
            return (await RetryConflictsAsync(() => RedeemTogetherAsync(connection, [wanted])))[0];
        }
        catch (DbException fault) when (IsDuplicateKey(fault))
        {
            // Or it is another constraint, such as a number of the feed that was given before.
            if (wanted.By.Key is null || await FindRequestAsync(connection, null, wanted.By.Caller, wanted.By.Key) is null)
                throw;
            return new RedemptionReply(RedemptionStatus.OtherContent);
        }
    }

    /// <summary>Decides in order, under the locks of all coupons concerned, and writes what was decided.</summary>
    private async Task<IReadOnlyList<RedemptionReply>> RedeemTogetherAsync(DbConnection connection, IReadOnlyList<Redemption> wanted)
    {
        var coupons = await CouponsOfCodesAsync(connection, [.. wanted.Select(one => (one.Code, one.By.Caller))]);
        if (coupons.Count == 0)
            return [.. wanted.Select(_ => _unknown)];
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await LockAsync(connection, transaction, coupons);
        var round = new RedemptionRound(
            await UnitsAsync(connection, transaction, coupons, wanted.Select(one => one.Code)), await KeysAsync(connection, transaction, wanted));
        var replies = wanted.Select(round.Decide).ToArray();
        await WriteAsync(connection, transaction, round);
        await transaction.CommitAsync();
        return replies;
    }

    /// <inheritdoc/>
    public Task<RedemptionReply> UndoRedemptionAsync(string code, TimeSpan within, RequestMark by) => RunAsync(connection => RetryConflictsAsync(async () =>
    {
        var coupons = await CouponsOfCodesAsync(connection, [(code, by.Caller)]);
        if (coupons.Count == 0)
            return _unknown;
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await LockAsync(connection, transaction, coupons);
        var unit = (await UnitsAsync(connection, transaction, coupons, [code])).GetValueOrDefault(code);
        if (unit is null || unit.Seller != by.Caller)
            return _unknown;
        var undone = new RedemptionReply(RedemptionStatus.Undone, unit.Redeemed);
        if (by.Key is not null && await FindRequestAsync(connection, transaction, by.Caller, by.Key) is { } earlier)
            return earlier.IsRepeatedBy(by) ? undone : new RedemptionReply(RedemptionStatus.OtherContent);
        if (unit.RedeemedAt is { } at)
        {
            if (unit.Now - at >= (long)within.TotalMicroseconds)
                return new RedemptionReply(RedemptionStatus.TooLate, RedeemedAt: at, Device: unit.RedeemedDevice);
            await connection.ExecuteAsync(
                "UPDATE claims SET redeemed_at = NULL, redeemed_device = NULL WHERE coupon_id = @CouponId AND username = @Username AND redeemed_at = @RedeemedAt",
                unit, transaction);
            await connection.ExecuteAsync("UPDATE coupons SET redeemed = redeemed - 1 WHERE id = @CouponId", unit, transaction);
            await AppendEventAsync(transaction, unit.CouponId, FeedKinds.Undone, unit.Username, unit.Now, RedemptionRound.Detail(unit.RedeemedDevice!, null));
        }
        if (!await TryInsertRequestAsync(connection, transaction, unit.CouponId, by, StatusOfChange))
            return new RedemptionReply(RedemptionStatus.OtherContent);
        await transaction.CommitAsync();
        return undone;
    }));

    /// <inheritdoc/>
    public Task<IReadOnlyList<RedemptionConflict>> ConflictsAfterAsync(FeedQuery query) => RunAsync(async connection =>
    {
        var rows = (await connection.QueryAsync<(long No, string Customer, string Device, long? ScannedAt, long At, string Reason, long? RedeemedAt, string? RedeemedDevice)>(
            $"SELECT no, username, device, scanned_at, at, reason, redeemed_at, redeemed_device FROM conflicts WHERE {IsOf} AND no > @After ORDER BY no LIMIT @Count",
            Parameters(query))).AsList();
        await CheckAsync(connection, query, rows.Count);
        return (IReadOnlyList<RedemptionConflict>)rows.ConvertAll(row => new RedemptionConflict(
            row.No, row.Customer, row.Device, row.ScannedAt, row.At, row.Reason, row.RedeemedAt, row.RedeemedDevice));
    });

    /// <inheritdoc/>
    public Task<long> CountWrongRedemptionsAsync(LedgerKey coupon) => RunAsync(connection => connection.ExecuteScalarAsync<long>(
        "SELECT (SELECT COUNT(*) FROM claims WHERE coupon_id = coupons.id AND redeemed_at IS NOT NULL AND returned_at IS NOT NULL) " +
        "+ ABS((SELECT COUNT(redeemed_at) FROM claims WHERE coupon_id = coupons.id) - redeemed) " +
        "+ (SELECT COUNT(*) FROM codes WHERE coupon_id = coupons.id AND NOT EXISTS (SELECT 1 FROM claims WHERE coupon_id = codes.coupon_id AND username = codes.username)) FROM coupons WHERE id = @Id AND identity = @Identity",
        new { coupon.Id, coupon.Identity }));

    private static readonly RedemptionReply _unknown = new(RedemptionStatus.Unknown);

    /// <summary>
    /// The coupons whose rows are to be locked: of codes that their own sellers try. Another seller's code locks nothing, and takes as long as one that
    /// does not exist.
    /// </summary>
    private static async Task<IReadOnlyList<long>> CouponsOfCodesAsync(DbConnection connection, HashSet<(string Code, string Seller)> wanted)
    {
        var found = await connection.QueryAsync<(string Code, string Seller, long Coupon)>(CouponsOfCodes, new { codes = wanted.Select(one => one.Code).Distinct() });
        return [.. found.Where(one => wanted.Contains((one.Code, one.Seller))).Select(one => one.Coupon).Distinct()];
    }

    // These two name the codes alone: with the coupons or sellers too, both databases would rather read all codes of a coupon.
    internal const string CouponsOfCodes = "SELECT codes.code, coupons.seller, coupons.id FROM codes JOIN coupons ON coupons.id = codes.coupon_id WHERE codes.code IN @codes";

    internal static string UnitsOfCodes(string clock) =>
        "SELECT codes.code AS Code, coupons.id AS CouponId, coupons.seller AS Seller, coupons.name AS Coupon, coupons.stock AS Stock, coupons.feed_seq AS FeedSeq, " +
        "coupons.redeem_until AS RedeemUntil, claims.username AS Username, claims.returned_at AS ReturnedAt, claims.redeemed_at AS RedeemedAt, " +
        $"claims.redeemed_device AS RedeemedDevice, {clock} AS Now " +
        "FROM codes JOIN claims ON claims.coupon_id = codes.coupon_id AND claims.username = codes.username JOIN coupons ON coupons.id = codes.coupon_id " +
        "WHERE codes.code IN @codes";

    /// <summary>The rows first, in the order of their ids, in every transaction: two of them never wait for each other.</summary>
    private async Task LockAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> coupons)
    {
        if (coupons.Count > 0)
            await connection.ExecuteAsync($"SELECT id FROM coupons WHERE id IN @coupons ORDER BY id {ForUpdate}", new { coupons }, transaction);
    }

    /// <summary>The units of codes as they are under the locks, by code.</summary>
    private async Task<Dictionary<string, RedeemableUnit>> UnitsAsync(
        DbConnection connection, DbTransaction transaction, IReadOnlyList<long> coupons, IEnumerable<string> codes) =>
        (await connection.QueryAsync<RedeemableUnit>(UnitsOfCodes(Clock), new { codes = codes.Distinct(), Now }, transaction))
        // Another seller's coupon is not locked, nor is one whose code was given meanwhile.
        .Where(unit => coupons.Contains(unit.CouponId)).ToDictionary(unit => unit.Code);

    private static async Task<Dictionary<(string, string), LedgerRequest>> KeysAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<Redemption> wanted)
    {
        var keyed = wanted.Where(one => one.By.Key is not null).Select(one => one.By).ToArray();
        return keyed.Length == 0 ? [] : (await connection.QueryAsync<(string Caller, string Key, byte[] Content, long At)>(
            "SELECT caller, request_key, content, at FROM requests WHERE caller IN @callers AND request_key IN @keys",
            new { callers = keyed.Select(by => by.Caller).Distinct(), keys = keyed.Select(by => by.Key).Distinct() }, transaction))
            .ToDictionary(row => (row.Caller, row.Key), row => new LedgerRequest(row.Content, row.At));
    }

    private async Task WriteAsync(DbConnection connection, DbTransaction transaction, RedemptionRound round)
    {
        if (round.Redeemed.Count > 0)
        {
            // The locks make it so; the condition holds whatever locks.
            var changed = await ExecuteAsync(connection, transaction, RedemptionTexts.Redeem(round));
            if (changed != round.Redeemed.Count)
                throw new DataException($"{changed} units were redeemed in place of {round.Redeemed.Count}.");
        }
        if (round.Conflicts.Count > 0)
            await KeepAsync(connection, transaction, round);
        if (round.Redeemed.Count + round.Conflicts.Count == 0)
            return;
        await ExecuteAsync(connection, transaction, RedemptionTexts.Number(round));
        if (round.Redeemed.Count > 0)
            await ExecuteAsync(connection, transaction, RedemptionTexts.Events(round));
        if (round.Requests.Count > 0)
            await ExecuteAsync(connection, transaction, RedemptionTexts.Requests(round, StatusOfChange));
    }

    private async Task KeepAsync(DbConnection connection, DbTransaction transaction, RedemptionRound round)
    {
        // Names are compared as the rows of claims have them.
        var kept = (await connection.QueryAsync<(long Coupon, string User, long Count)>(
            "SELECT coupon_id, username, COUNT(*) FROM conflicts WHERE coupon_id IN @coupons AND username IN @users GROUP BY coupon_id, username",
            new { coupons = round.Conflicts.Select(one => one.Unit.CouponId).Distinct(), users = round.Conflicts.Select(one => one.Unit.Username).Distinct() }, transaction))
            .ToDictionary(row => (row.Coupon, row.User), row => row.Count);
        var wanted = round.Conflicts.DistinctBy(one => (one.Unit.CouponId, one.Unit.Username, one.Scan.Key))
            .Where(one => (kept[(one.Unit.CouponId, one.Unit.Username)] = kept.GetValueOrDefault((one.Unit.CouponId, one.Unit.Username)) + 1) <= MaxConflictsOfClaim).ToArray();
        if (wanted.Length > 0)
            await ExecuteAsync(connection, transaction, RedemptionTexts.Conflicts(wanted, OnDuplicateIgnore));
    }

    private static Task<int> ExecuteAsync(DbConnection connection, DbTransaction transaction, (string Text, DynamicParameters Values) statement) =>
        // A text of its own each time: Dapper must not keep it.
        connection.ExecuteAsync(new CommandDefinition(statement.Text, statement.Values, transaction, flags: Dapper.CommandFlags.NoCache));
}
