using System.Text;
using Dapper;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Grains.Ledger;

/// <summary>The statements that write a <see cref="RedemptionRound"/>: one each, however many tills take part.</summary>
internal static class RedemptionTexts
{
    /// <summary>Marks the units, if none of them is marked yet.</summary>
    public static (string Text, DynamicParameters Values) Redeem(RedemptionRound round)
    {
        var values = new DynamicParameters(new { at = round.Redeemed[0].Unit.Now });
        var (devices, units) = (new StringBuilder(), new StringBuilder());
        foreach (var (i, (unit, _, _)) in round.Redeemed.Index())
        {
            values.Add($"u{i}", unit.Username);
            values.Add($"d{i}", unit.RedeemedDevice);
            var claim = string.Create(CultureInfo.InvariantCulture, $"coupon_id = {unit.CouponId} AND username = @u{i}");
            devices.Append(CultureInfo.InvariantCulture, $" WHEN {claim} THEN @d{i}");
            units.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : " OR ")}({claim})");
        }
        return ($"UPDATE claims SET redeemed_at = @at, redeemed_device = CASE{devices} END WHERE ({units}) AND redeemed_at IS NULL AND returned_at IS NULL", values);
    }

    /// <summary>Moves the coupons' numbers on, and counts.</summary>
    public static (string Text, DynamicParameters Values) Number(RedemptionRound round)
    {
        var (numbers, counts) = (new StringBuilder("CASE id"), new StringBuilder("CASE id"));
        var redeemed = round.Redeemed.CountBy(one => one.Unit.CouponId).ToDictionary();
        foreach (var (coupon, count) in round.Numbers)
        {
            numbers.Append(CultureInfo.InvariantCulture, $" WHEN {coupon} THEN {count}");
            counts.Append(CultureInfo.InvariantCulture, $" WHEN {coupon} THEN {redeemed.GetValueOrDefault(coupon)}");
        }
        return ($"UPDATE coupons SET feed_seq = feed_seq + {numbers} END, redeemed = redeemed + {counts} END WHERE id IN ({string.Join(',', round.Numbers.Keys)})", new DynamicParameters());
    }

    /// <summary>Adds their events.</summary>
    public static (string Text, DynamicParameters Values) Events(RedemptionRound round)
    {
        var values = new DynamicParameters();
        var text = new StringBuilder("INSERT INTO events (coupon_id, no, kind, username, at, detail) VALUES ");
        foreach (var (i, (unit, scannedAt, no)) in round.Redeemed.Index())
        {
            values.Add($"u{i}", unit.Username);
            values.Add($"d{i}", RedemptionRound.Detail(unit.RedeemedDevice!, scannedAt));
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({unit.CouponId},{no},'{FeedKinds.Redeemed}',@u{i},{unit.Now},@d{i})");
        }
        return (text.ToString(), values);
    }

    /// <summary>Keeps conflicts, if they are not kept yet.</summary>
    public static (string Text, DynamicParameters Values) Conflicts(IReadOnlyList<(RedeemableUnit Unit, ConflictingScan Scan)> conflicts, string onDuplicateIgnore)
    {
        var values = new DynamicParameters();
        var text = new StringBuilder("INSERT INTO conflicts (coupon_id, no, username, scan_key, device, scanned_at, at, reason, redeemed_at, redeemed_device) VALUES ");
        foreach (var (i, (unit, scan)) in conflicts.Index())
        {
            values.Add($"u{i}", unit.Username);
            values.Add($"k{i}", scan.Key);
            values.Add($"d{i}", scan.Device);
            values.Add($"s{i}", scan.ScannedAt);
            values.Add($"a{i}", scan.RedeemedAt);
            values.Add($"f{i}", scan.RedeemedDevice);
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}({unit.CouponId},{scan.No},@u{i},@k{i},@d{i},@s{i},{unit.Now},'{scan.Reason}',@a{i},@f{i})");
        }
        return (text.Append(' ').Append(onDuplicateIgnore).ToString(), values);
    }

    /// <summary>Notes the requests that had a key.</summary>
    public static (string Text, DynamicParameters Values) Requests(RedemptionRound round, int status)
    {
        var values = new DynamicParameters();
        var text = new StringBuilder("INSERT INTO requests (caller, request_key, route, content, status, coupon_id, at) VALUES ");
        foreach (var (i, (unit, by)) in round.Requests.Index())
        {
            values.Add($"c{i}", by.Caller);
            values.Add($"k{i}", by.Key);
            values.Add($"r{i}", by.Route);
            values.Add($"h{i}", by.Hash);
            // The time of the redemption, by which a repeat knows it again.
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}(@c{i},@k{i},@r{i},@h{i},{status},{unit.CouponId},{unit.Now})");
        }
        return (text.ToString(), values);
    }
}
