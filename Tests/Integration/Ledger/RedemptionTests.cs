using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>Receipts and redemptions in the ledger, past all that is in front of it.</summary>
public abstract partial class RedemptionTests(LedgerSite site)
{
    protected const string Till = "till 1";

    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task A_claim_has_one_code_whoever_asks_at_once()
    {
        var coupon = await SoldAsync("ann");

        var receipts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => site.NewLedger().ReceiptAsync(coupon.Key, "ann")));

        Assert.Single(receipts.Select(receipt => receipt!.Code).Distinct());
        Assert.True(ReceiptCode.TryParse(receipts[0]!.Code, out _));
        Assert.Null(await Ledger.ReceiptAsync(coupon.Key, "bea"));
        Assert.Null(await Ledger.ReceiptAsync(coupon.Key with { Identity = 1 }, "ann"));
    }

    [Fact]
    public async Task A_returned_unit_gets_no_code_and_one_that_had_a_code_is_not_redeemed()
    {
        var coupon = await SoldAsync("ann", "bea");
        var code = await CodeAsync(coupon, "bea");
        await ReturnAsync(coupon, "ann");
        await ReturnAsync(coupon, "bea");

        Assert.Equal((null, false), (await Ledger.ReceiptAsync(coupon.Key, "ann")) is { } receipt ? (receipt.Code, receipt.ReturnedAt is null) : default);
        Assert.Equal(RedemptionStatus.Returned, (await RedeemAsync(coupon, code)).Status);
        Assert.Equal(0, await CountAsync(coupon, "redeemed_at IS NOT NULL"));
    }

    [Fact]
    public async Task Of_fifty_tills_one_redeems_and_the_others_hear_which()
    {
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        var ledgers = Enumerable.Range(0, 5).Select(_ => site.NewLedger()).ToArray();

        var replies = (await Task.WhenAll(Enumerable.Range(0, 10).Select(round => ledgers[round % 5].RedeemAsync(
            [.. Enumerable.Range(0, 5).Select(i => Wanted(coupon, code, $"till {(5 * round) + i}"))])))).SelectMany(all => all).ToArray();

        var won = Assert.Single(replies, reply => reply.Status == RedemptionStatus.Redeemed);
        Assert.Equal(("coupon", "ann", 5), (won.Unit!.Coupon, won.Unit.Customer, won.Unit.FaceValue));
        Assert.All(replies.Where(reply => reply != won), reply => Assert.Equal((RedemptionStatus.Again, won.RedeemedAt, won.Device), (reply.Status, reply.RedeemedAt, reply.Device)));
        Assert.Equal(1, (await Ledger.FindAsync(coupon.Id))!.Redeemed);
        Assert.Equal(["claimed", "redeemed"], await EventsAsync(coupon));
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task Many_units_of_several_coupons_are_redeemed_together_each_with_its_event()
    {
        var coupons = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SoldAsync(LedgerBatches.Users(20))));
        var wanted = new List<Redemption>();
        foreach (var user in LedgerBatches.Users(20))
        {
            foreach (var coupon in coupons)
                wanted.Add(Wanted(coupon, await CodeAsync(coupon, user), $"till of {user}", key: Names.Fresh("k")));
        }

        var replies = await Task.WhenAll(wanted.Chunk(7).Select(some => site.NewLedger().RedeemAsync(some)));

        Assert.All(replies.SelectMany(all => all), reply => Assert.Equal(RedemptionStatus.Redeemed, reply.Status));
        foreach (var coupon in coupons)
        {
            Assert.Equal(20, (await Ledger.FindAsync(coupon.Id))!.Redeemed);
            var events = await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 20, 100));
            Assert.Equal(Enumerable.Range(21, 20).Select(no => (long)no), events.Select(item => item.No));
            Assert.Equal(LedgerBatches.Users(20), events.Select(item => item.Customer).Order());
            Assert.Equal(20, await site.QueryAsync($"SELECT COUNT(*) FROM claims WHERE coupon_id = {coupon.LedgerId} AND redeemed_device = {Concat("'till of '", "username")}"));
        }
    }

    [Fact]
    public async Task A_repeat_has_the_first_reply_and_other_content_of_its_key_none()
    {
        var coupon = await SoldAsync("ann", "bea");
        var (ann, bea, key) = (await CodeAsync(coupon, "ann"), await CodeAsync(coupon, "bea"), Names.Fresh("key"));
        var first = await RedeemAsync(coupon, ann, key: key);

        Assert.Equal(first, await RedeemAsync(coupon, ann, key: key));
        Assert.Equal(RedemptionStatus.OtherContent, (await RedeemAsync(coupon, bea, key: key)).Status);
        Assert.Equal(RedemptionStatus.OtherContent, (await RedeemAsync(coupon, ann, device: "till 2", key: key)).Status);
        Assert.Equal(RedemptionStatus.Again, (await RedeemAsync(coupon, ann)).Status);
        // In one transaction too.
        var twice = await Ledger.RedeemAsync([Wanted(coupon, bea, Till, "k2"), Wanted(coupon, bea, Till, "k2"), Wanted(coupon, ann, Till, "k2")]);
        Assert.Equal([RedemptionStatus.Redeemed, RedemptionStatus.Redeemed, RedemptionStatus.OtherContent], twice.Select(reply => reply.Status));
        Assert.Equal(2, (await Ledger.FindAsync(coupon.Id))!.Redeemed);
    }

    [Fact]
    public async Task One_key_for_units_of_two_coupons_at_once_redeems_one()
    {
        for (var round = 0; round < 10; round++)
        {
            var coupons = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SoldAsync("ann", "bea")));
            var (seller, key) = (coupons[0].Id.Seller.Value, Names.Fresh("key"));
            foreach (var coupon in coupons[1..])
                await ExecuteAsync($"UPDATE coupons SET seller = '{seller}', name = '{coupon.Id.Seller.Value}' WHERE id = {coupon.LedgerId}");
            var codes = await Task.WhenAll(coupons.Select(coupon => CodeAsync(coupon, "ann")));
            var others = await Task.WhenAll(coupons.Select(coupon => CodeAsync(coupon, "bea")));

            // Alone in half of the rounds: then the key is all that one transaction is about.
            var replies = await Task.WhenAll(codes.Select((code, i) => site.NewLedger().RedeemAsync(
                [Wanted(coupons[0], code, Till, key), .. round % 2 == 0 ? [] : (Redemption[])[Wanted(coupons[0], others[i], Till, Names.Fresh("other"))]])));

            Assert.Single(replies, reply => reply[0].Status == RedemptionStatus.Redeemed);
            Assert.Equal(3, replies.Count(reply => reply[0].Status == RedemptionStatus.OtherContent));
            Assert.All(replies.SelectMany(reply => reply.Skip(1)), reply => Assert.Equal(RedemptionStatus.Redeemed, reply.Status));
        }
    }

    [Fact]
    public async Task A_code_of_another_seller_is_as_unknown_as_one_that_is_made_up()
    {
        var (coupon, other) = (await SoldAsync("ann"), await SoldAsync("bea"));
        var code = await CodeAsync(coupon, "ann");

        var foreign = (await Ledger.RedeemAsync([Wanted(other, code, Till)]))[0];

        Assert.Equal(RedemptionStatus.Unknown, foreign.Status);
        Assert.Equal(foreign, (await Ledger.RedeemAsync([Wanted(other, ReceiptCode.New().Text, Till)]))[0]);
        Assert.Equal(foreign, await Ledger.UndoRedemptionAsync(code, TimeSpan.FromHours(1), Mark(other, null, "undo", code)));
        Assert.Equal(RedemptionStatus.Redeemed, (await RedeemAsync(coupon, code)).Status);
    }

    [Fact]
    public async Task A_code_of_another_seller_does_not_wait_for_its_coupons_row()
    {
        var (coupon, other) = (await SoldAsync("ann"), await SoldAsync("bea"));
        var code = await CodeAsync(coupon, "ann");
        var commit = await site.BeginAsync($"UPDATE coupons SET description = 'locked' WHERE id = {coupon.LedgerId}");

        var replies = await Task.WhenAll(Redeeming(), Ledger.UndoRedemptionAsync(code, TimeSpan.FromHours(1), Mark(other, null, "undo", code))).WaitAsync(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);

        Assert.All(replies, reply => Assert.Equal(RedemptionStatus.Unknown, reply.Status));
        await commit();

        async Task<RedemptionReply> Redeeming() => (await Ledger.RedeemAsync([Wanted(other, code, Till)]))[0];
    }

    [Fact]
    public async Task Codes_are_read_by_their_key_however_many_their_coupons_have()
    {
        var users = LedgerBatches.Users(2_000);
        var coupons = new[] { await SoldAsync(users), await SoldAsync(users) };
        foreach (var (i, coupon) in coupons.Index())
        {
            await ExecuteAsync("INSERT INTO codes (code, coupon_id, username) VALUES " + string.Join(',', users.Select((user, n) => $"('{CodeOf(i, n)}', {coupon.LedgerId}, '{user}')")));
        }
        await ExecuteAsync(Analyze);
        var tried = string.Join(',', coupons.SelectMany((_, i) => Enumerable.Range(0, 64).Select(n => $"'{CodeOf(i, 31 * n)}'")));

        foreach (var text in new[] { SqlLedger.CouponsOfCodes, SqlLedger.UnitsOfCodes("7") })
        {
            var plan = await site.PlanAsync(text.Replace("@codes", $"({tried})", StringComparison.Ordinal));
            Assert.Contains(plan, step => ByKey().IsMatch(step));
        }

        string CodeOf(int coupon, int n) => $"{coupons[coupon].LedgerId:D10}{n:D10}";
    }

    [Fact]
    public async Task A_unit_that_was_redeemed_and_had_been_given_back_before_is_returned_and_a_conflict()
    {
        var coupon = await SoldAsync("ann", "bea");
        var first = await RedeemAsync(coupon, await CodeAsync(coupon, "ann"));
        await RedeemAsync(coupon, await CodeAsync(coupon, "bea"));

        // As Redis has it: the ledger was put back to before the return, and a till was told that the unit is good.
        var row = (await Ledger.PutBackReturnsAsync(coupon.Key, coupon.Epoch, ["ann"]))!;

        Assert.Equal((1, 1L, 1L), (row.Left, row.Returned, row.Redeemed));
        Assert.Equal([new LedgerOwner("ann", true), new LedgerOwner("bea", false)], await Ledger.OwnersAsync(coupon.Key, "", 10));
        Assert.Equal(["claimed", "claimed", "redeemed", "redeemed", "undone", "returned"], await EventsAsync(coupon));
        var conflict = Assert.Single(await Ledger.ConflictsAfterAsync(new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 0, 100)));
        Assert.Equal(("ann", Till, "returned", first.RedeemedAt, null), (conflict.Customer, conflict.Device, conflict.Reason, conflict.RedeemedAt, conflict.ScannedAt));
        Assert.Equal((0, 0), (await Ledger.CountWrongNumbersAsync(coupon.Key), await Ledger.CountWrongRedemptionsAsync(coupon.Key)));
    }

    [Fact]
    public async Task What_was_let_pass_offline_and_should_not_have_is_kept_once()
    {
        var coupon = await SoldAsync("ann", "bea", "cat");
        var (ann, bea, cat) = (await CodeAsync(coupon, "ann"), await CodeAsync(coupon, "bea"), await CodeAsync(coupon, "cat"));
        var first = await RedeemAsync(coupon, ann);
        await ReturnAsync(coupon, "bea");
        Redemption[] batch = [.. new[] { ann, bea, cat }.Select((code, i) => Wanted(coupon, code, "till 2", $"{coupon.LedgerId}-{i}") with { ScannedAt = 1_000 + i, WasOffline = true })];

        var replies = await Ledger.RedeemAsync(batch);
        Assert.Equal([RedemptionStatus.Again, RedemptionStatus.Returned, RedemptionStatus.Redeemed], replies.Select(reply => reply.Status));
        Assert.Equal(replies, await Ledger.RedeemAsync(batch));

        var conflicts = await Ledger.ConflictsAfterAsync(new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 0, 100));
        Assert.Equal([("ann", "redeemed"), ("bea", "returned")], conflicts.Select(conflict => (conflict.Customer, conflict.Reason)));
        Assert.All(conflicts, conflict => Assert.Equal("till 2", conflict.Device));
        Assert.Equal((first.RedeemedAt, Till, 1_000L), (conflicts[0].RedeemedAt, conflicts[0].RedeemedDevice, conflicts[0].ScannedAt));
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task Conflicts_of_one_unit_are_kept_up_to_a_bound()
    {
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        await RedeemAsync(coupon, code);

        await Ledger.RedeemAsync([.. Enumerable.Range(0, 80).Select(i => Wanted(coupon, code, "till", $"{coupon.LedgerId}-{i / 2}") with { WasOffline = true })]);
        Assert.Equal(40, await site.QueryAsync($"SELECT COUNT(*) FROM conflicts WHERE coupon_id = {coupon.LedgerId}"));
        await Ledger.RedeemAsync([.. Enumerable.Range(40, 40).Select(i => Wanted(coupon, code, "till", $"{coupon.LedgerId}-{i}") with { WasOffline = true })]);

        Assert.Equal(50, await site.QueryAsync($"SELECT COUNT(*) FROM conflicts WHERE coupon_id = {coupon.LedgerId}"));
    }

    [Fact]
    public async Task A_redemption_is_taken_back_in_time_and_only_once()
    {
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        var (redeeming, undoing) = (Names.Fresh("key"), Names.Fresh("key"));
        var first = await RedeemAsync(coupon, code, key: redeeming);

        Assert.Equal((RedemptionStatus.TooLate, first.RedeemedAt), (await UndoAsync(TimeSpan.Zero)) is var late ? (late.Status, late.RedeemedAt) : default);
        Assert.Equal("ann", (await UndoAsync(TimeSpan.FromHours(1))).Unit!.Customer);
        Assert.Equal((RedemptionStatus.Undone, null), await RedeemAsync(coupon, code, key: redeeming) is var repeated ? (repeated.Status, repeated.RedeemedAt) : default);
        Assert.Equal(RedemptionStatus.Redeemed, (await RedeemAsync(coupon, code, device: "till 2")).Status);
        // A repeat of the first undo does not reach the second redemption.
        Assert.Equal(RedemptionStatus.Undone, (await UndoAsync(TimeSpan.FromHours(1))).Status);

        Assert.Equal(1, await CountAsync(coupon, "redeemed_device = 'till 2'"));
        Assert.Equal(1, (await Ledger.FindAsync(coupon.Id))!.Redeemed);
        Assert.Equal(["claimed", "redeemed", "undone", "redeemed"], await EventsAsync(coupon));

        Task<RedemptionReply> UndoAsync(TimeSpan within) => Ledger.UndoRedemptionAsync(code, within, Mark(coupon, undoing, "undo", code));
    }

    [Fact]
    public async Task Of_return_and_redemption_at_once_one_wins()
    {
        var coupon = await SoldAsync(LedgerBatches.Users(100));
        var outcomes = new List<(ReturnResult Returned, RedemptionStatus Redeemed)>();
        foreach (var some in LedgerBatches.Users(100).Chunk(10))
        {
            outcomes.AddRange(await Task.WhenAll(some.Select(async user =>
            {
                var wanted = Wanted(coupon, await CodeAsync(coupon, user), Till);
                var returning = Task.Run(() => site.NewLedger().ReturnAsync([new ClaimReturn(coupon.Key, coupon.Epoch, user, 77)]));
                var redeemed = (await site.NewLedger().RedeemAsync([wanted]))[0].Status;
                return ((await returning)[0], redeemed);
            })));
        }
        Assert.All(outcomes, outcome => Assert.True(outcome is (ReturnResult.Done, RedemptionStatus.Returned) or (ReturnResult.Redeemed, RedemptionStatus.Redeemed), $"{outcome}"));
        Assert.Equal(100, await CountAsync(coupon, "(redeemed_at IS NULL) <> (returned_at IS NULL)"));
        var row = (await Ledger.FindAsync(coupon.Id))!;
        Assert.Equal((100, outcomes.Count(outcome => outcome.Returned == ReturnResult.Done)), (row.Returned + row.Redeemed, row.Returned));
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task From_the_end_of_its_time_on_a_unit_is_not_redeemed_by_the_databases_clock()
    {
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        await ExecuteAsync($"UPDATE coupons SET redeem_until = {Micros(-10)} WHERE id = {coupon.LedgerId}");
        Assert.Equal(RedemptionStatus.TooLate, (await RedeemAsync(coupon, code)).Status);

        await ExecuteAsync($"UPDATE coupons SET redeem_until = {Micros(600)} WHERE id = {coupon.LedgerId}");
        Assert.Equal(RedemptionStatus.Redeemed, (await RedeemAsync(coupon, code)).Status);
    }

    [Fact]
    public async Task A_unit_that_is_both_or_counted_otherwise_is_told()
    {
        var coupon = await SoldAsync("ann", "bea");
        await RedeemAsync(coupon, await CodeAsync(coupon, "ann"));
        Assert.Equal(0, await Ledger.CountWrongRedemptionsAsync(coupon.Key));

        await ExecuteAsync($"UPDATE claims SET returned_at = 77 WHERE coupon_id = {coupon.LedgerId} AND username = 'ann'");
        Assert.Equal(1, await Ledger.CountWrongRedemptionsAsync(coupon.Key));
        await ExecuteAsync($"UPDATE coupons SET redeemed = 4 WHERE id = {coupon.LedgerId}");
        Assert.Equal(4, await Ledger.CountWrongRedemptionsAsync(coupon.Key));
        await ExecuteAsync($"UPDATE codes SET username = 'gone' WHERE coupon_id = {coupon.LedgerId}");
        Assert.Equal(5, await Ledger.CountWrongRedemptionsAsync(coupon.Key));
    }

    [Fact]
    public async Task A_number_that_was_given_already_is_a_fault_and_no_key_of_another_request()
    {
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        await ExecuteAsync($"INSERT INTO events (coupon_id, no, kind, username, at) VALUES ({coupon.LedgerId}, 2, 'undone', 'ann', 7)");

        await Assert.ThrowsAsync<UnavailableException>(() => RedeemAsync(coupon, code));
        await Assert.ThrowsAsync<UnavailableException>(() => RedeemAsync(coupon, code, key: Names.Fresh("key")));

        Assert.Equal((0, 0), (await CountAsync(coupon, "redeemed_at IS NOT NULL"), (await Ledger.FindAsync(coupon.Id))!.Redeemed));
    }

    [GeneratedRegex(@"codes\s+range \S+ PRIMARY |SEARCH codes USING PRIMARY KEY")]
    private static partial Regex ByKey();

    protected abstract string Analyze { get; }

    protected abstract string Concat(string first, string second);

    protected static long Micros(int seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeMilliseconds() * 1_000;

    protected async Task<LedgerCoupon> SoldAsync(params string[] users)
    {
        var coupon = (await Ledger.CreateAsync(CouponId.Known(Names.Fresh("seller"), "coupon"), new CouponTerms(users.Length, 5, "text", Returns: true)))!;
        Assert.True((await Ledger.DrainAsync(coupon.Batch(0, users))).Committed);
        return coupon;
    }

    protected async Task<string> CodeAsync(LedgerCoupon coupon, string user) => (await Ledger.ReceiptAsync(coupon.Key, user))!.Code!;

    private async Task<RedemptionReply> RedeemAsync(LedgerCoupon coupon, string code, string device = Till, string? key = null) =>
        (await site.NewLedger().RedeemAsync([Wanted(coupon, code, device, key)]))[0];

    protected static Redemption Wanted(LedgerCoupon coupon, string code, string device, string? key = null) =>
        new(code, device, null, Mark(coupon, key, "redeem", code + device));

    protected static RequestMark Mark(LedgerCoupon coupon, string? key, string route, string content) =>
        new(coupon.Id.Seller.Value, key, route, SHA256.HashData(Encoding.UTF8.GetBytes(route + content)), null);

    private async Task ReturnAsync(LedgerCoupon coupon, string user) =>
        Assert.Equal([ReturnResult.Done], await Ledger.ReturnAsync([new ClaimReturn(coupon.Key, coupon.Epoch, user, 77)]));

    protected async Task ExecuteAsync(string sql) => await (await site.BeginAsync(sql))();

    private Task<long> CountAsync(LedgerCoupon coupon, string condition) => site.QueryAsync($"SELECT COUNT(*) FROM claims WHERE coupon_id = {coupon.LedgerId} AND ({condition})");

    private async Task<IEnumerable<string>> EventsAsync(LedgerCoupon coupon) =>
        (await Ledger.EventsAfterAsync(new FeedQuery(new FeedId(coupon.Key.Id, coupon.Key.Identity), 0, 100))).Select(item => item.Kind);
}

public sealed class RedemptionsInMySql(MySqlSite site) : RedemptionTests(site), IClassFixture<MySqlSite>
{
    [Theory, InlineData(-1), InlineData(1)]
    public async Task The_times_of_redemption_are_the_databases_whatever_this_process_takes_for_the_time(int days)
    {
        var skewed = new MySqlLedger(Site.Server.ConnectionString, time: new Skewed(TimeSpan.FromDays(days)));
        var coupon = await SoldAsync("ann");
        var code = await CodeAsync(coupon, "ann");
        await ExecuteAsync($"UPDATE coupons SET redeem_until = {Micros(-10)} WHERE id = {coupon.LedgerId}");
        Assert.Equal(RedemptionStatus.TooLate, (await skewed.RedeemAsync([Wanted(coupon, code, Till)]))[0].Status);
        await ExecuteAsync($"UPDATE coupons SET redeem_until = {Micros(600)} WHERE id = {coupon.LedgerId}");
        Assert.Equal(RedemptionStatus.Redeemed, (await skewed.RedeemAsync([Wanted(coupon, code, Till)]))[0].Status);

        await ExecuteAsync($"UPDATE claims SET redeemed_at = {Micros(-3_600)} WHERE coupon_id = {coupon.LedgerId}");
        Assert.Equal(RedemptionStatus.TooLate, (await skewed.UndoRedemptionAsync(code, TimeSpan.FromMinutes(50), Mark(coupon, null, "undo", code))).Status);
        Assert.Equal(RedemptionStatus.Undone, (await skewed.UndoRedemptionAsync(code, TimeSpan.FromMinutes(70), Mark(coupon, null, "undo", code))).Status);
    }

    private MySqlSite Site { get; } = site;

    protected override string Analyze => "ANALYZE TABLE codes, claims, coupons";

    protected override string Concat(string first, string second) => $"CONCAT({first}, {second})";

    private sealed class Skewed(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}

public sealed class RedemptionsInSqlite(SqliteSite site) : RedemptionTests(site), IClassFixture<SqliteSite>
{
    protected override string Analyze => "ANALYZE";

    protected override string Concat(string first, string second) => $"{first} || {second}";
}
