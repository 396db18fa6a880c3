using System.Data.Common;
using Dapper;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Grains.Ledger;

public abstract partial class SqlLedger
{
    // Two are enough, unless reads go to a replica that is behind.
    private const int CodeAttempts = 8;

    /// <inheritdoc/>
    public Task<LedgerReceipt?> ReceiptAsync(LedgerKey coupon, string username) => RunAsync(async connection =>
    {
        for (var attempt = 0; attempt < CodeAttempts; attempt++)
        {
            var found = await connection.QuerySingleOrDefaultAsync<LedgerReceipt>(
                "SELECT codes.code AS Code, claims.claimed_at AS ClaimedAt, claims.returned_at AS ReturnedAt, claims.redeemed_at AS RedeemedAt FROM claims " +
                "JOIN coupons ON coupons.id = claims.coupon_id LEFT JOIN codes ON codes.coupon_id = claims.coupon_id AND codes.username = claims.username " +
                "WHERE coupons.id = @Id AND coupons.identity = @Identity AND claims.username = @username",
                new { coupon.Id, coupon.Identity, username });
            if (found is null or { Code: not null } or { ReturnedAt: not null })
                return found;
            // Alone, and without the coupon's row: what a unit that is returned meanwhile gets, no till takes.
            await InsertCodeAsync(connection, coupon.Id, username, ReceiptCode.New());
        }
        throw new UnavailableException("SQL does not show the code that it was given.");
    });

    /// <summary>Nothing where another request was first, or another claim has the code.</summary>
    private Task<int> InsertCodeAsync(DbConnection connection, long coupon, string username, ReceiptCode code) => connection.ExecuteAsync(
        $"INSERT INTO codes (code, coupon_id, username) VALUES (@Text, @coupon, @username) {OnDuplicateIgnore}", new { code.Text, coupon, username });
}
