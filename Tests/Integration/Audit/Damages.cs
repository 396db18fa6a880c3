namespace SecKill.Tests.Integration.Audit;

/// <summary>
/// Manual damage to a coupon with d0 to d3 in the ledger and w0 to w2 in the outbox, and what an audit must report of it, each "kind" or
/// "kind name".
/// </summary>
internal static class Damages
{
    public delegate Task Damage(StockSite site, LedgerSite ledger, LedgeredCoupon coupon);

    public static IReadOnlyDictionary<string, (Damage DoAsync, string[] Expected)> All { get; } = new Dictionary<string, (Damage, string[])>
    {
        ["another owner in place of one who is drained"] = (
            (site, _, coupon) => Task.WhenAll(
                site.Database.SetRemoveAsync(coupon.Probe.Owners, "d0"), site.Database.SetAddAsync(coupon.Probe.Owners, "x")),
            ["ClaimsWithoutOwner d0", "OwnersLost x"]),
        ["somebody twice in the queue"] = (Queue("5:w1"), ["Queue w1", "OwnersLost w0"]),
        ["a stranger in the queue"] = (Queue("5:stranger"), ["Queue stranger", "OwnersLost w0"]),
        ["somebody in the queue who is drained"] = (Queue("5:d0"), ["Queue d0", "OwnersLost w0"]),
        ["no entry in the queue"] = (Queue("nonsense"), ["Queue nonsense", "OwnersLost w0"]),
        ["the set of owners deleted"] = (
            (site, _, coupon) => site.Database.KeyDeleteAsync(coupon.Probe.Owners),
            [
                "Counts", "ClaimsWithoutOwner d0", "ClaimsWithoutOwner d1", "ClaimsWithoutOwner d2", "ClaimsWithoutOwner d3",
                "Queue w0", "Queue w1", "Queue w2",
            ]),
        ["the queue deleted"] = (
            (site, _, coupon) => site.Database.KeyDeleteAsync(coupon.Probe.Queue), ["Counts", "OwnersLost w0", "OwnersLost w1", "OwnersLost w2"]),
        ["a piece more"] = (Field("left", 4), ["Counts"]),
        ["no number of pieces"] = (Field("left", "many"), ["Counts"]),
        ["the number of pieces deleted"] = ((site, _, coupon) => site.Database.HashDeleteAsync(coupon.Probe.Hash, "left"), ["Counts"]),
        ["pieces that the ledger does not know"] = (
            (site, _, coupon) => site.Database.HashSetAsync(coupon.Probe.Hash, [new("amount", 12), new("left", 5)]), ["Terms"]),
        ["another coupon's id"] = (Field("id", 999_999), ["Terms"]),
        ["another epoch in Redis"] = (Field("epoch", 7), ["Terms"]),
        ["another epoch in the ledger"] = (Row("epoch = epoch + 1"), ["Terms"]),
        ["a version ahead in Redis"] = (Field("version", 3), ["Version"]),
        ["a version ahead in the ledger"] = (Row("version = 2"), ["Version"]),
        ["a start that the ledger does not know"] = (Field("starts", 7), ["Terms"]),
        ["a pause that Redis does not know"] = (Row("paused_at = 7"), ["Terms"]),
        ["units held that were taken from none"] = (
            (site, _, coupon) => site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("held", 1)]), ["Counts"]),
        ["a piece less in the ledger"] = (Row("left_count = left_count - 1"), ["Counts"]),
        ["a position ahead in the ledger"] = (
            Row("drained = drained + 100"), ["Counts", "OwnersLost w0", "OwnersLost w1", "OwnersLost w2"]),
        ["a return ahead in the ledger"] = (
            (_, ledger, coupon) => ReturnInLedgerAsync(ledger, coupon), ["Returns", "Returns d0"]),
        ["a return ahead in Redis"] = (
            async (site, _, coupon) =>
            {
                await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4)]);
                await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d0");
            },
            ["Returns", "Returns d0"]),
        ["a return in the ledger and another one in Redis alone"] = (
            async (site, ledger, coupon) =>
            {
                await ReturnInLedgerAsync(ledger, coupon);
                await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4)]);
                await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, "d1");
            },
            ["Returns d0", "Returns d1"]),
        ["another name in place of one that returned"] = (
            async (site, ledger, coupon) =>
            {
                await ReturnInLedgerAsync(ledger, coupon);
                await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1), new("left", 4)]);
                await site.Database.SetRemoveAsync(coupon.Probe.Owners, "d0");
                await site.Database.SetAddAsync(coupon.Probe.Returned, "x");
            },
            ["Returns d0"]),
        ["a claim deleted"] = (
            (_, ledger, coupon) => ledger.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd0'"),
            ["Counts", "OwnersLost d0"]),
        ["a ledger of before the last drain"] = (
            async (_, ledger, coupon) =>
            {
                await ledger.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd3'");
                await ledger.QueryAsync($"UPDATE coupons SET drained = 3, left_count = 7 WHERE id = {coupon.Row.LedgerId}");
            },
            ["Counts", "OwnersLost d3"]),
        ["a claim added"] = (
            (_, ledger, coupon) => ledger.QueryAsync($"INSERT INTO claims (coupon_id, username, claimed_at) VALUES ({coupon.Row.LedgerId}, 'ghost', 1)"),
            ["Counts", "ClaimsWithoutOwner ghost"]),
    };

    private static async Task ReturnInLedgerAsync(LedgerSite ledger, LedgeredCoupon coupon)
    {
        await ledger.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd0'");
        await ledger.QueryAsync($"UPDATE coupons SET returned = 1, left_count = left_count + 1 WHERE id = {coupon.Row.LedgerId}");
    }

    private static Damage Queue(string first) => (site, _, coupon) => site.Database.ListSetByIndexAsync(coupon.Probe.Queue, 0, first);

    private static Damage Field(string name, RedisValue value) => (site, _, coupon) => site.Database.HashSetAsync(coupon.Probe.Hash, name, value);

    private static Damage Row(string change) => (_, ledger, coupon) => ledger.QueryAsync($"UPDATE coupons SET {change} WHERE id = {coupon.Row.LedgerId}");
}
