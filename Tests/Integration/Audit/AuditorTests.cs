using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Redemptions;
using SecKill.Grains.Lists;
using SecKill.Grains.Recovery;
using static SecKill.Grains.Interfaces.Audit.AuditDifferenceKind;

namespace SecKill.Tests.Integration.Audit;

/// <summary>An audit finds and names any change made directly in the stores, and a rebuild repairs it.</summary>
public abstract class AuditorTests(StockSite site, LedgerSite ledgerSite)
{
    private const int Amount = 10;
    private static readonly string[] _drained = ["d0", "d1", "d2", "d3"];
    private static readonly string[] _waiting = ["w0", "w1", "w2"];

    private ILedger Ledger => ledgerSite.Ledger;

    private Auditor Auditor => new(site.Server, Ledger, TimeProvider.System);

    public static TheoryData<string> AllDamages => [.. Damages.All.Keys];

    [Fact]
    public async Task What_is_on_its_way_to_the_ledger_is_no_difference()
    {
        var coupon = await SellAsync();
        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal((AuditVerdict.Draining, 3L), (audit.Verdict, audit.OnTheirWay));
        Assert.Equal(
            "Redis and the ledger agree: of 10 pieces 7 have an owner and 3 are left, and 3 claims are on the way to the ledger.",
            Assert.Single(audit.Words()));

        // Written, but the acknowledgement was lost: the next relay finds out.
        var head = await coupon.Probe.Stock.PeekAsync(2);
        Assert.True((await Ledger.DrainAsync(head.Batch)).Committed);
        audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal((AuditVerdict.Draining, 1L), (audit.Verdict, audit.OnTheirWay));

        while (await coupon.DrainAsync())
        {
        }
        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: true)).Verdict);
    }

    [Fact]
    public async Task A_number_given_twice_in_the_feed_is_found_by_a_deep_audit_alone_which_says_what_to_do()
    {
        var coupon = await SellAsync();
        await ledgerSite.QueryAsync($"UPDATE claims SET seq = 1 WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd2'");

        // It reads every claim, which must not slow down the others.
        Assert.Equal(AuditVerdict.Draining, (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Verdict);
        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        var difference = Assert.Single(audit.Differences);
        Assert.Equal((AuditVerdict.Differs, Numbers, 1L), (audit.Verdict, difference.Kind, difference.Count));
        Assert.Contains(audit.Words(), sentence => sentence.StartsWith("1 number of the coupon's feed is given twice", StringComparison.Ordinal));
        Assert.Contains(audit.Words(), sentence => sentence.Contains("UPDATE coupons SET feed_seq", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_last_number_below_those_of_events_and_conflicts_is_raised_beyond_them_by_what_an_audit_advises()
    {
        var coupon = await SellAsync();
        var id = coupon.Row.LedgerId;
        await ledgerSite.QueryAsync($"INSERT INTO events (coupon_id, no, kind, username, at) VALUES ({id}, 25, 'undone', 'd0', 7)");
        await ledgerSite.QueryAsync($"UPDATE coupons SET feed_seq = 30 WHERE id = {id}");
        var (code, before) = ((await Ledger.ReceiptAsync(coupon.Row.Key, "d0"))!.Code!, Mark(coupon, "before"));
        Assert.Equal(RedemptionStatus.Redeemed, (await Ledger.RedeemAsync([new Redemption(code, "till", null, before)]))[0].Status);
        Assert.Equal(RedemptionStatus.Again, (await Ledger.RedeemAsync([new Redemption(code, "another", 7, Mark(coupon, "after"), WasOffline: true)]))[0].Status);
        Assert.Equal(0, await Ledger.CountWrongNumbersAsync(coupon.Row.Key));
        // As it is after a dump that was not made in one transaction.
        await ledgerSite.QueryAsync($"UPDATE coupons SET feed_seq = 4 WHERE id = {id}");

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal((Numbers, 3L), (Assert.Single(audit.Differences).Kind, audit.Differences[0].Count));
        await ledgerSite.QueryAsync(Advised(audit, "UPDATE coupons SET feed_seq", $" WHERE id = {id}, "));

        Assert.Equal(AuditVerdict.Draining, (await Auditor.AuditAsync(coupon.Row.Id, deep: true)).Verdict);
        Assert.Equal(32, await ledgerSite.QueryAsync($"SELECT feed_seq FROM coupons WHERE id = {id}"));
    }

    [Fact]
    public async Task What_a_claim_that_is_deleted_by_hand_leaves_is_found_and_mended_by_what_an_audit_advises()
    {
        var coupon = await SellAsync();
        var id = coupon.Row.LedgerId;
        var code = (await Ledger.ReceiptAsync(coupon.Row.Key, "d0"))!.Code!;
        Assert.Equal(RedemptionStatus.Redeemed, (await Ledger.RedeemAsync([new Redemption(code, "till", null, Mark(coupon, "key"))]))[0].Status);
        await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {id} AND username = 'd0'");
        // Its owner in Redis does not bring it back.
        await site.Database.SetRemoveAsync(coupon.Probe.Owners, "d0");

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal(2, Assert.Single(audit.Differences, difference => difference.Kind == Redemptions).Count);
        await ledgerSite.QueryAsync(Advised(audit, "DELETE FROM codes", ")"));
        Assert.True(await RebuildAsync(coupon.Row.Id));

        audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.True(audit.Verdict == AuditVerdict.Agrees, string.Join(' ', audit.Words()));
        Assert.Equal(0, (await Ledger.FindAsync(coupon.Row.Id))!.Redeemed);
    }

    [Theory]
    [MemberData(nameof(AllDamages))]
    public async Task A_difference_is_found_named_and_rebuilt(string damage)
    {
        var coupon = await SellAsync();
        var (damageAsync, expected) = Damages.All[damage];
        await damageAsync(site, ledgerSite, coupon);

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: false);

        Assert.Equal(AuditVerdict.Differs, audit.Verdict);
        Assert.Equal(expected.Order(), audit.Differences.SelectMany(Listed).Order());
        var remedy = expected[0] is not ("Version" or "Returns") ? "Rebuild the coupon" : damage.EndsWith("Redis", StringComparison.Ordinal) ? "The silo's command --repair" : "The coupon's wake-up";
        Assert.Contains(audit.Words(), sentence => sentence.StartsWith(remedy, StringComparison.Ordinal));

        Assert.True(await RebuildAsync(coupon.Row.Id));

        audit = await Auditor.AuditAsync(coupon.Row.Id, deep: false);
        Assert.True(audit.Verdict == AuditVerdict.Agrees, string.Join(' ', audit.Words()));
        var owners = await coupon.LedgerOwnersAsync();
        Assert.Empty(_drained.Concat(_waiting).Except(owners));
    }

    private static RequestMark Mark(LedgeredCoupon coupon, string key) => new(coupon.Row.Id.Seller.Value, $"{coupon.Row.LedgerId}-{key}", "redeem", [], null);

    /// <summary>The statement that an audit advises.</summary>
    private static string Advised(CouponAudit audit, string begin, string end)
    {
        var advice = Assert.Single(audit.Words(), sentence => sentence.Contains(begin, StringComparison.Ordinal));
        var from = advice.IndexOf(begin, StringComparison.Ordinal);
        return advice[from..(advice.IndexOf(end, from, StringComparison.Ordinal) + end.Length)].TrimEnd(',', ' ');
    }

    [Fact]
    public async Task Of_a_claim_too_many_it_advises_to_remove_it_and_not_to_rebuild()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 2, ["d0", "d1"], []);
        await ledgerSite.QueryAsync($"INSERT INTO claims (coupon_id, username, claimed_at) VALUES ({coupon.Row.LedgerId}, 'made-good', 1)");

        var words = (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Words();

        Assert.DoesNotContain(words, sentence => sentence.StartsWith("Rebuild the coupon", StringComparison.Ordinal));
        Assert.Contains("The ledger has 1 claim more than there are pieces", words[^1], StringComparison.Ordinal);
        Assert.Contains($"WHERE coupon_id = {coupon.Row.LedgerId} ", words[^1], StringComparison.Ordinal);
        await ledgerSite.QueryAsync($"DELETE FROM claims WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'made-good'");
        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Verdict);
    }

    [Fact]
    public async Task A_list_that_does_not_show_the_coupon_is_found_by_a_deep_audit()
    {
        var coupon = await SellAsync();
        string[] marked = ["d0", "d1", coupon.Row.Id.Seller.Value];
        var incarnation = (await coupon.Probe.Stock.CurrentScriptsAsync()).Incarnation;
        foreach (var user in marked)
            await site.Database.SortedSetAddAsync(StockKeys.CouponsOf(user), ListStore.Mark(incarnation), -1);
        foreach (var user in marked.Skip(1).Append("w0"))
            await site.Database.SortedSetRemoveAsync(StockKeys.CouponsOf(user), coupon.Row.Id.Key);

        Assert.Equal(AuditVerdict.Draining, (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Verdict);
        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);

        Assert.Equal(AuditVerdict.Differs, audit.Verdict);
        // w0's list is not marked, so it is completed when next read.
        Assert.Equal(["NotListed d1", $"NotListed {coupon.Row.Id.Seller}"], audit.Differences.SelectMany(Listed).Order());
    }

    [Fact]
    public async Task An_owner_from_whose_list_a_coupon_is_hidden_is_found_by_a_deep_audit()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, Amount, ["hidden"], []);
        await site.Server.Lists.AddAsync([ListEntry.OfReturned(coupon.Row.Id, "hidden")]);
        await site.Database.SortedSetAddAsync(StockKeys.CouponsOf("hidden"), ListStore.Mark((await coupon.Probe.Stock.CurrentScriptsAsync()).Incarnation), -1);

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);

        Assert.Equal(["NotListed hidden"], audit.Differences.SelectMany(Listed));
    }

    [Fact]
    public async Task Returns_that_are_on_their_way_each_time_it_looks_are_no_difference()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("version", 0), new("returns", 1)]);
        // Each comparison reads all claims in two pages, the last of them empty, and then the row again.
        var (pages, rows) = (0, 0);
        var ledger = HookedLedger.Of(Ledger, async method =>
        {
            if (method == nameof(ILedger.OwnersAsync) && ++pages is 1 or 3)
            {
                await ledgerSite.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId} AND username = 'd{pages / 2}'");
                await ledgerSite.QueryAsync($"UPDATE coupons SET returned = returned + 1, left_count = left_count + 1 WHERE id = {coupon.Row.LedgerId}");
            }
            if (method == nameof(ILedger.FindAsync) && ++rows is 2 or 4)
            {
                await site.Database.SetMoveAsync(coupon.Probe.Owners, coupon.Probe.Returned, $"d{rows / 2 - 1}");
                await site.Database.HashIncrementAsync(coupon.Probe.Hash, "left");
            }
        });

        var audit = await new Auditor(site.Server, ledger, TimeProvider.System).AuditAsync(coupon.Row.Id, deep: false);

        Assert.Equal((AuditVerdict.Draining, 2L), (audit.Verdict, audit.Stock!.Returned));
        Assert.InRange(rows, 5, 8);
    }

    [Fact]
    public async Task A_list_that_shows_a_returned_unit_is_found_by_a_deep_audit_and_a_hidden_one_is_right()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, Amount, ["gave-0", "gave-1"], []);
        var incarnation = (await coupon.Probe.Stock.CurrentScriptsAsync()).Incarnation;
        foreach (var user in (string[])["gave-0", "gave-1"])
        {
            await site.Database.SortedSetAddAsync(StockKeys.CouponsOf(user), ListStore.Mark(incarnation), -1);
            await ledgerSite.QueryAsync($"UPDATE claims SET returned_at = 5 WHERE coupon_id = {coupon.Row.LedgerId} AND username = '{user}'");
        }
        Assert.True(await RebuildAsync(coupon.Row.Id));
        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: true)).Verdict);

        await site.Database.SortedSetAddAsync(StockKeys.CouponsOf("gave-1"), coupon.Row.Id.Key, 7);

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal(["StillListed gave-1"], audit.Differences.SelectMany(Listed));
        Assert.Contains(audit.Words(), sentence => sentence.StartsWith("Have those lists completed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stock_that_is_not_trusted_is_said_to_be_so_and_is_no_difference()
    {
        var coupon = await SellAsync();
        await site.Database.HashSetAsync(coupon.Probe.Hash, "incarnation", "an earlier one");
        await IsNotTrustedAsync(coupon, StockState.Unverified);

        await site.Database.HashSetAsync(coupon.Probe.Hash, "incarnation", await coupon.Probe.ClosedUnderAsync());
        await coupon.Probe.ExtendLeaseAsync();
        await IsNotTrustedAsync(coupon, StockState.Closed);

        await site.Database.KeyDeleteAsync(coupon.Probe.Keys);
        await IsNotTrustedAsync(coupon, StockState.Missing);

        Assert.True(await RebuildAsync(coupon.Row.Id));
        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: true)).Verdict);
    }

    [Fact]
    public async Task Keys_that_hold_something_else_are_a_difference()
    {
        var coupon = await SellAsync();
        await site.Database.KeyDeleteAsync(coupon.Probe.Owners);
        await site.Database.StringSetAsync(coupon.Probe.Owners, "no set");

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: false);

        Assert.Equal(AuditVerdict.Differs, audit.Verdict);
        Assert.Equal([StockUnreadable], audit.Differences.Select(difference => difference.Kind));
        await site.Database.KeyDeleteAsync(coupon.Probe.Owners);
        Assert.True(await RebuildAsync(coupon.Row.Id));
        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Verdict);
    }

    [Fact]
    public async Task Rebuilding_waits_for_a_rebuild_that_began_before()
    {
        var coupon = await SellAsync();
        var leaseEnd = DateTimeOffset.UtcNow.AddSeconds(1.5).ToUnixTimeMilliseconds() * 1000;
        await site.Database.HashSetAsync(coupon.Probe.Hash, [new("incarnation", await coupon.Probe.ClosedUnderAsync()), new("reconciler", "another"), new("lease", leaseEnd)]);

        Assert.True(await RebuildAsync(coupon.Row.Id));

        Assert.Equal(AuditVerdict.Agrees, (await Auditor.AuditAsync(coupon.Row.Id, deep: false)).Verdict);
    }

    [Fact]
    public async Task All_coupons_are_audited_in_pages_and_those_that_are_in_Redis_alone_too()
    {
        var (good, bad, gone, lost) = (await SellAsync(), await SellAsync(), await SellAsync(), await SellAsync());
        await ledgerSite.QueryAsync($"UPDATE coupons SET left_count = left_count - 1 WHERE id = {bad.Row.LedgerId}");
        await site.Database.KeyDeleteAsync(gone.Probe.Keys);
        await ledgerSite.QueryAsync($"DELETE FROM coupons WHERE id = {lost.Row.LedgerId}");
        await site.Database.StringSetAsync("coupon:{nobody}", "not ours");

        var audits = new Dictionary<CouponId, AuditVerdict>();
        var below = long.MaxValue;
        for (var pages = 0; below > 0 && pages < 4; pages++)
        {
            // Without time, each gets its own page.
            var page = await Auditor.PageAsync(below, deep: pages > 0, TimeSpan.Zero);
            var audit = Assert.Single(page.Audits);
            audits.Add(audit.Coupon, audit.Verdict);
            below = page.Next;
        }
        Assert.Equal(
            (AuditVerdict.NotTrusted, AuditVerdict.Differs, AuditVerdict.Draining),
            (audits[gone.Row.Id], audits[bad.Row.Id], audits[good.Row.Id]));
        Assert.Equal(0, (await Auditor.PageAsync(1, deep: false, TimeSpan.MaxValue)).Next);

        var known = audits.Keys.ToHashSet();
        Assert.Single(await Auditor.LostAsync(known, () => Task.CompletedTask), id => id == lost.Row.Id);
        var orphan = await Auditor.AuditAsync(lost.Row.Id, deep: false);
        Assert.Equal((AuditVerdict.NotInLedger, 7L), (orphan.Verdict, orphan.Stock!.Owners));
        Assert.False(await RebuildAsync(lost.Row.Id));
        Assert.Equal(AuditVerdict.NoSuchCoupon, (await Auditor.AuditAsync(CouponId.Known("nobody", "nothing"), deep: true)).Verdict);
    }

    [Fact]
    public async Task More_names_than_a_page_holds_are_compared_and_a_sample_is_shown()
    {
        var users = LedgerBatches.Users(2_300);
        var coupon = await LedgeredCoupon.SellAsync(site, Ledger, 3_000, [], []);
        foreach (var chunk in users.Chunk(500))
            await coupon.Probe.ClaimAsync(chunk);
        Assert.Equal(AuditVerdict.Draining, (await Auditor.AuditAsync(coupon.Row.Id, deep: true)).Verdict);
        // The outbox's middle is lost and replaced, so that the counts still agree.
        for (var i = 1_000; i < 1_030; i++)
            await site.Database.ListSetByIndexAsync(coupon.Probe.Queue, i, $"5:{users[0]}");

        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: false);

        Assert.Equal(30, audit.Differences.Single(difference => difference.Kind == OwnersLost).Count);
        Assert.Equal(AuditDifference.MaxNames, audit.Differences.Single(difference => difference.Kind == OwnersLost).Names.Length);
        Assert.True(await RebuildAsync(coupon.Row.Id));
        Assert.Equal(users, await coupon.LedgerOwnersAsync());
    }

    private static IEnumerable<string> Listed(AuditDifference difference) =>
        difference.Count == 0 ? [$"{difference.Kind}"] : difference.Names.Select(name => $"{difference.Kind} {name}");

    private async Task IsNotTrustedAsync(LedgeredCoupon coupon, StockState condition)
    {
        var audit = await Auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal((AuditVerdict.NotTrusted, condition), (audit.Verdict, audit.Stock?.Condition));
        Assert.Single(audit.Words());
    }

    private Task<bool> RebuildAsync(CouponId id) =>
        new LedgerRepair(site.Server, Ledger, NullLoggerFactory.Instance, TimeProvider.System).RebuildAsync(id, TestContext.Current.CancellationToken);

    private Task<LedgeredCoupon> SellAsync() => LedgeredCoupon.SellAsync(site, Ledger, Amount, _drained, _waiting);
}

public sealed class AuditingInTheCluster(RedisSite site, MySqlSite ledger)
    : AuditorTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class AuditingEmbedded(GarnetSite site, SqliteSite ledger)
    : AuditorTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
