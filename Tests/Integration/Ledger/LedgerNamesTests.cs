namespace SecKill.Tests.Integration.Ledger;

/// <summary>Creation and look-up: two names are one only if every byte is the same.</summary>
public abstract class LedgerNamesTests(LedgerSite site)
{
    // Each differs from the first only by what some collation somewhere ignores.
    private static readonly string[] _alike = ["cafe", "Cafe", "CAFE", "cafe ", " cafe", "café", "cafe\u0301", "ｃafe", "cafe🎟️", "cafe🎉", "cafe\u200b", "cafe\u00ad", "cafe\t"];

    [Fact]
    public async Task A_coupon_is_found_as_it_was_created_and_cannot_be_created_twice()
    {
        var id = CouponId.Known(Names.Fresh("seller"), string.Concat(Enumerable.Repeat("😀", 60)));
        var terms = new CouponTerms(int.MaxValue, int.MaxValue, string.Concat(Enumerable.Repeat("🎟", 60)));

        var created = await site.Ledger.CreateAsync(id, terms);

        Assert.Equal(new LedgerCoupon(created!.Key, id, terms, int.MaxValue, 0, created.Epoch), created);
        Assert.Equal(created, await site.Ledger.FindAsync(id));
        Assert.Null(await site.Ledger.CreateAsync(id, new CouponTerms(1, 1, "")));
        Assert.Equal(created, await site.Ledger.FindAsync(id));
        Assert.Null(await site.Ledger.FindAsync(id with { Name = CouponName.Known("none") }));
        Assert.Null(await site.Ledger.BeginEpochAsync(id with { Name = CouponName.Known("none") }, -1));
    }

    [Fact]
    public async Task Of_several_creations_at_once_one_succeeds()
    {
        var id = CouponId.Known(Names.Fresh("seller"), "coupon");

        var created = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => site.NewLedger().CreateAsync(id, new CouponTerms(i + 1, 0, ""))));

        Assert.Equal(Assert.Single(created, row => row is not null), await site.Ledger.FindAsync(id));
    }

    [Fact]
    public async Task Coupons_sellers_and_customers_whose_names_look_alike_are_different()
    {
        var (tag, seller) = (Names.Tag(), Names.Fresh("seller"));
        string[] users = [.. _alike.Select(name => $"{tag}{name}")];
        foreach (var id in _alike.Select(name => CouponId.Known(seller, name)).Concat(users.Select(user => CouponId.Known(user, "coupon"))))
        {
            Assert.NotNull(await site.Ledger.CreateAsync(id, new CouponTerms(1, 0, "")));
            Assert.Equal(id, (await site.Ledger.FindAsync(id))!.Id);
        }
        var coupon = await site.Ledger.CreateAsync(100);
        Assert.Equal(new DrainResult(true, users.Length, 0, 0), await site.Ledger.DrainAsync(coupon.Batch(0, users)));

        Assert.Equal(_alike, (await site.Ledger.CouponsOfAsync([seller])).Select(row => row.Id.Name.Value));
        Assert.Equal(users.Order(StringComparer.Ordinal), (await site.Ledger.OwnerNamesAsync(coupon.Key, "", 100)).Order(StringComparer.Ordinal));
        foreach (var user in users)
        {
            Assert.Equal(user, Assert.Single(await site.Ledger.CouponsOfAsync([user])).Id.Seller.Value);
            Assert.Equal(coupon.Id, Assert.Single(await site.Ledger.ClaimsOfAsync([user])).Coupon);
        }
    }

    [Fact]
    public async Task Owners_read_page_by_page_are_read_exactly_once()
    {
        var coupon = await site.Ledger.CreateAsync(1000);
        string[] customers = [.. _alike, .. LedgerBatches.Users(200), "😀", "\uffff", "\ue000", "~", "!"];
        await site.Ledger.DrainAsync(coupon.Batch(0, customers));

        var read = new List<string>();
        while (await site.Ledger.OwnerNamesAsync(coupon.Key, read.Count == 0 ? "" : read[^1], 7) is { Count: > 0 } page)
            read.AddRange(page);

        Assert.Equal(customers.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Unfinished_coupons_are_listed_newest_first_until_the_ledger_knows_of_no_piece()
    {
        var (older, done, newer) = (await site.Ledger.CreateAsync(2), await site.Ledger.CreateAsync(1), await site.Ledger.CreateAsync(2));
        await site.Ledger.DrainAsync(done.Batch(0, "anna"));

        Assert.Equal([newer, older], await site.Ledger.UnfinishedAsync(newer.LedgerId + 1, 2));
        Assert.Equal(older, Assert.Single(await site.Ledger.UnfinishedAsync(newer.LedgerId, 1)));
    }
}

public sealed class NamesInMySql(MySqlSite site) : LedgerNamesTests(site), IClassFixture<MySqlSite>;

public sealed class NamesInSqlite(SqliteSite site) : LedgerNamesTests(site), IClassFixture<SqliteSite>;
