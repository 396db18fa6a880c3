using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>The feed of a coupon, as readers see it who hold a cursor while others write.</summary>
public abstract class FeedTests(LedgerSite site)
{
    [Fact]
    public async Task A_reader_beside_two_silos_and_rebuilds_gets_every_claim_once_and_in_order()
    {
        var coupon = await site.Ledger.CreateAsync(2_000);
        var writing = WriteAsync(coupon, 2_000);
        var (read, after) = (new List<FeedClaim>(), 0L);
        while (read.Count < 2_000)
        {
            var isLast = writing.IsCompleted;
            var page = await site.Ledger.ClaimsAfterAsync(Query(coupon, after, 70));
            read.AddRange(page);
            after = page.Count > 0 ? page[^1].Seq : after;
            Assert.False(isLast && page.Count == 0, $"{read.Count} claims were read.");
        }
        await writing;

        Assert.Equal(read.OrderBy(claim => claim.Seq), read);
        Assert.Equal(2_000, read.Select(claim => claim.Customer).Distinct().Count());
        Assert.Equal(read, await AllAsync(coupon, 1_000));
        Assert.Empty(await site.Ledger.ClaimsAfterAsync(Query(coupon, after, 1_000)));
    }

    [Fact]
    public async Task Reading_goes_on_at_any_row()
    {
        var coupon = await site.Ledger.CreateAsync(30);
        await site.Ledger.DrainAsync(coupon.Batch(0, LedgerBatches.Users(30)));
        var all = await AllAsync(coupon, 7);

        Assert.Equal(LedgerBatches.Users(30), all.Select(claim => claim.Customer));
        foreach (var (i, claim) in all.Index())
            Assert.Equal(all[(i + 1)..], await site.Ledger.ClaimsAfterAsync(Query(coupon, claim.Seq, 1_000)));
    }

    [Fact]
    public async Task Claims_of_one_customer_are_found_and_none_of_another_coupon()
    {
        var (coupon, other) = (await site.Ledger.CreateAsync(5), await site.Ledger.CreateAsync(5));
        await site.Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));
        await site.Ledger.DrainAsync(other.Batch(0, "carl", "bert"));

        Assert.Equal([new FeedClaim(2, "bert", 1_001, null)], await site.Ledger.ClaimsAfterAsync(Query(coupon, 0, 10) with { Customer = "bert" }));
        Assert.Empty(await site.Ledger.ClaimsAfterAsync(Query(coupon, 2, 10) with { Customer = "bert" }));
        Assert.Empty(await site.Ledger.ClaimsAfterAsync(Query(coupon, 0, 10) with { Customer = "carl" }));
    }

    [Fact]
    public async Task Events_and_claims_are_one_sequence_however_the_pages_are_cut()
    {
        var coupon = await site.Ledger.CreateAsync(10);
        await site.Ledger.DrainAsync(coupon.Batch(0, "anna", "bert"));
        await site.AppendEventAsync(coupon.LedgerId, FeedKinds.Changed, null, 5_000);
        await site.AppendEventAsync(coupon.LedgerId, FeedKinds.Returned, "anna", 6_000);
        await site.Ledger.DrainAsync(coupon.Batch(2, "carl"));
        await site.AppendEventAsync(coupon.LedgerId, FeedKinds.Changed, null, 7_000);

        FeedEvent[] expected =
        [
            new(1, FeedKinds.Claimed, "anna", 1_000), new(2, FeedKinds.Claimed, "bert", 1_001), new(3, FeedKinds.Changed, null, 5_000),
            new(4, FeedKinds.Returned, "anna", 6_000), new(5, FeedKinds.Claimed, "carl", 1_000), new(6, FeedKinds.Changed, null, 7_000),
        ];
        for (var size = 1; size <= 7; size++)
        {
            var read = new List<FeedEvent>();
            while (await site.Ledger.EventsAfterAsync(Query(coupon, read.Count > 0 ? read[^1].No : 0, size)) is { Count: > 0 } page)
                read.AddRange(page);
            Assert.Equal(expected, read);
        }
        Assert.Equal([1, 2, 5], (await AllAsync(coupon, 10)).Select(claim => claim.Seq));
    }

    [Fact]
    public async Task Writers_of_events_and_of_claims_give_no_number_twice()
    {
        var coupon = await site.Ledger.CreateAsync(500);
        await Task.WhenAll(
            WriteAsync(coupon, 500),
            Parallel.ForAsync(0, 40, async (i, _) => await site.AppendEventAsync(coupon.LedgerId, FeedKinds.Changed, null, i)));

        Assert.Equal(0, await site.Ledger.CountWrongNumbersAsync(coupon.Key));
        var events = await site.Ledger.EventsAfterAsync(Query(coupon, 0, 1_000));
        Assert.Equal(540, events.Select(item => item.No).Distinct().Count());
    }

    [Fact]
    public async Task Numbers_given_twice_or_later_than_the_last_are_counted()
    {
        var coupon = await site.Ledger.CreateAsync(5);
        await site.Ledger.DrainAsync(coupon.Batch(0, "anna", "bert", "carl"));
        await site.AppendEventAsync(coupon.LedgerId, FeedKinds.Changed, null, 1);
        Assert.Equal(0, await site.Ledger.CountWrongNumbersAsync(coupon.Key));

        await site.QueryAsync($"UPDATE claims SET seq = 1 WHERE coupon_id = {coupon.LedgerId} AND username = 'bert'");
        Assert.Equal(1, await site.Ledger.CountWrongNumbersAsync(coupon.Key));
        await site.QueryAsync($"UPDATE claims SET seq = 4 WHERE coupon_id = {coupon.LedgerId} AND username = 'bert'");
        Assert.Equal(1, await site.Ledger.CountWrongNumbersAsync(coupon.Key));
        await site.QueryAsync($"UPDATE claims SET seq = 9 WHERE coupon_id = {coupon.LedgerId} AND username = 'bert'");
        Assert.Equal(1, await site.Ledger.CountWrongNumbersAsync(coupon.Key));
    }

    [Fact]
    public async Task A_feed_whose_coupon_is_gone_does_not_look_as_if_it_had_ended()
    {
        var coupon = await site.Ledger.CreateAsync(5);
        await site.Ledger.DrainAsync(coupon.Batch(0, "anna"));
        var gone = Query(coupon with { Key = coupon.Key with { Identity = coupon.Key.Identity + 1 } }, 0, 10);

        await Assert.ThrowsAsync<UnavailableException>(() => site.Ledger.ClaimsAfterAsync(gone));
        await Assert.ThrowsAsync<UnavailableException>(() => site.Ledger.EventsAfterAsync(gone));
    }

    [Fact]
    public async Task A_sale_is_counted_up_with_its_first_and_last_claim()
    {
        var coupon = await site.Ledger.CreateAsync(3);
        Assert.Equal(new LedgerSale(coupon, null, null, null), await site.Ledger.CountUpAsync(coupon.Key));
        await site.Ledger.DrainAsync(coupon.Batch(0, "zoe", "anna", "bert"));

        var sale = (await site.Ledger.CountUpAsync(coupon.Key))!;
        Assert.Equal((0, 1_000L, 1_002L), (sale.Coupon.Left, sale.FirstClaimAt, sale.LastClaimAt));
        Assert.Null(await site.Ledger.CountUpAsync(coupon.Key with { Identity = 1 }));
    }

    [Fact]
    public async Task What_a_customer_has_is_read_in_pages_returned_units_too()
    {
        var customer = Names.Fresh("c");
        var coupons = new[] { await site.Ledger.CreateAsync(1), await site.Ledger.CreateAsync(1), await site.Ledger.CreateAsync(1) };
        foreach (var coupon in coupons)
            await site.Ledger.DrainAsync(coupon.Batch(0, customer));
        await site.QueryAsync($"UPDATE claims SET returned_at = 77 WHERE coupon_id = {coupons[1].LedgerId}");

        var first = await site.Ledger.ClaimsOfCustomerAsync(customer, 0, 2);
        Assert.Equal([new CustomerClaim(coupons[0].Id, 1_000, null), new CustomerClaim(coupons[1].Id, 1_000, 77)], first.Select(row => row.Claim));
        Assert.Equal([new CustomerClaim(coupons[2].Id, 1_000, null)], (await site.Ledger.ClaimsOfCustomerAsync(customer, first[^1].Row, 2)).Select(row => row.Claim));
    }

    /// <summary>Two silos drain at once, and the stock is rebuilt now and then.</summary>
    private async Task WriteAsync(LedgerCoupon coupon, int claims)
    {
        const int Batch = 50;
        var epoch = coupon.Epoch;
        for (var position = 0; position < claims; position += Batch)
        {
            var batch = new DrainBatch(coupon.Key, epoch, position, [.. Enumerable.Range(position, Batch).Select(i => new OutboxEntry(i, $"u{i}"))]);
            var results = await Task.WhenAll(site.NewLedger().DrainAsync(batch), site.NewLedger().DrainAsync(batch));
            Assert.Single(results, result => result.Committed);
            if (position % 400 == 350)
                epoch = (await site.Ledger.BeginEpochAsync(coupon.Id, -1))!.Epoch;
        }
    }

    private async Task<List<FeedClaim>> AllAsync(LedgerCoupon coupon, int size)
    {
        var all = new List<FeedClaim>();
        while (await site.Ledger.ClaimsAfterAsync(Query(coupon, all.Count > 0 ? all[^1].Seq : 0, size)) is { Count: > 0 } page)
            all.AddRange(page);
        return all;
    }

    private static FeedQuery Query(LedgerCoupon coupon, long after, int count) => new(new FeedId(coupon.Key.Id, coupon.Key.Identity), after, count);
}

public sealed class FeedInMySql(MySqlSite site) : FeedTests(site), IClassFixture<MySqlSite>;

public sealed class FeedInSqlite(SqliteSite site) : FeedTests(site), IClassFixture<SqliteSite>;
