using SecKill.Grains.Interfaces.Stops;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>What a change writes beside the terms, in its own transaction: the operation, and the request that made it.</summary>
public abstract class RequestTests(LedgerSite site)
{
    private static readonly Operation _pause = new("bob", "pause", """{"amount":10}""", """{"amount":10,"paused":true,"reason":"价格"}""", null);

    private ILedger Ledger => site.Ledger;

    [Fact]
    public async Task Window_and_pause_are_written_with_the_version_and_the_operation()
    {
        var coupon = await Ledger.CreateAsync(10);

        var result = await Ledger.ChangeAsync(Change(coupon, new SaleTerms(1_000, 2_000, 1_500, "价格"), Mark("key")));

        var row = result.Row!;
        Assert.Equal((true, 1L), (result.Committed, row.Version));
        Assert.Equal((1_000L, 2_000L, 1_500L, "价格"), (row.Terms.StartsAt, row.Terms.EndsAt, row.PausedAt, row.PausedReason));
        var operation = Assert.Single(await Ledger.OperationsAsync(coupon.Key, 0, 10));
        Assert.Equal((1L, "bob", "pause", _pause.Before, _pause.After), (operation.No, operation.Actor, operation.Action, operation.Before, operation.After));
        Assert.Empty(await Ledger.OperationsAsync(coupon.Key, 1, 10));
    }

    [Fact]
    public async Task A_change_of_another_version_writes_nothing_at_all()
    {
        var coupon = await Ledger.CreateAsync(10);
        var (key, before) = (Names.Fresh("key"), await site.QueryAsync("SELECT COUNT(*) FROM operations"));

        var result = await Ledger.ChangeAsync(Change(coupon, null, Mark(key)) with { ReadVersion = 3 });

        Assert.Equal((false, 0L), (result.Committed, result.Row!.Version));
        Assert.Null(await Ledger.FindRequestAsync("bob", key));
        Assert.Equal(before, await site.QueryAsync("SELECT COUNT(*) FROM operations"));
    }

    [Fact]
    public async Task Of_requests_with_one_key_at_once_one_takes_effect()
    {
        var coupons = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Ledger.CreateAsync(10)));
        var key = Names.Fresh("key");

        var results = await Task.WhenAll(coupons.Select(coupon => site.NewLedger().ChangeAsync(Change(coupon, null, Mark(key)))));

        Assert.Single(results, result => result.Committed);
        Assert.Equal(1, await site.QueryAsync($"SELECT COUNT(*) FROM requests WHERE request_key = '{key}'"));
        Assert.All(results, result => Assert.Equal(result.Committed ? 1 : 0, result.Row!.Version));
    }

    [Fact]
    public async Task A_version_is_told_after_a_transaction_under_way_that_moves_it()
    {
        var coupon = await Ledger.CreateAsync(10);
        var commitAsync = await site.BeginAsync($"UPDATE coupons SET version = version + 1 WHERE id = {coupon.LedgerId}");
        var told = Ledger.HasVersionAsync(coupon.Key, 0);
        await Task.WhenAny(told, Task.Delay(300, TestContext.Current.CancellationToken));
        Assert.False(told.IsCompleted);

        await commitAsync();

        Assert.False(await told);
        Assert.True(await Ledger.HasVersionAsync(coupon.Key, 1));
    }

    [Fact]
    public async Task A_repeat_is_known_by_its_content_and_keys_are_told_apart_by_case_and_caller()
    {
        var coupon = await Ledger.CreateAsync(10);
        var key = Names.Fresh("Key");
        await Ledger.ChangeAsync(Change(coupon, null, Mark(key)));

        var found = await Ledger.FindRequestAsync("bob", key);

        Assert.True(found!.IsRepeatedBy(Mark(key)));
        Assert.False(found.IsRepeatedBy(Mark(key) with { Hash = new byte[32] }));
        Assert.Null(await Ledger.FindRequestAsync("bob", key.ToUpperInvariant()));
        Assert.Null(await Ledger.FindRequestAsync("Bob", key));
    }

    [Fact]
    public async Task A_request_that_found_all_as_asked_is_noted_once_and_only_at_the_version_it_read()
    {
        var coupon = await Ledger.CreateAsync(10);
        var key = Names.Fresh("key");

        Assert.False(await Ledger.NoteRequestAsync(coupon.Key, 1, Mark(key)));
        Assert.True(await Ledger.NoteRequestAsync(coupon.Key, 0, Mark(key)));
        Assert.False(await Ledger.NoteRequestAsync(coupon.Key, 0, Mark(key)));

        Assert.True((await Ledger.FindRequestAsync("bob", key))!.IsRepeatedBy(Mark(key)));
        Assert.Equal(0, (await Ledger.FindAsync(coupon.Id))!.Version);
    }

    [Fact]
    public async Task A_latch_stays_unless_a_change_clears_it()
    {
        var coupon = await Ledger.CreateAsync(10);
        await site.QueryAsync($"UPDATE coupons SET starts_at = 5, ends_at = 9, opened_at = 5, ended_at = 9 WHERE id = {coupon.LedgerId}");

        var kept = (await Ledger.ChangeAsync(Change(coupon, new SaleTerms(5, 9, 7, null)))).Row!;
        var cleared = (await Ledger.ChangeAsync(Change(kept, new SaleTerms(50, 90, null, null, ClearsOpened: true, ClearsEnded: true)))).Row!;
        var ended = (await Ledger.ChangeAsync(Change(cleared, new SaleTerms(50, 60, null, null, EndedAt: 60)))).Row!;

        Assert.Equal((5L, 9L), (kept.OpenedAt, kept.EndedAt));
        Assert.Equal((null, null), (cleared.OpenedAt, cleared.EndedAt));
        Assert.Equal((null, 60L), (ended.OpenedAt, ended.EndedAt));
    }

    [Fact]
    public async Task A_coupon_is_created_once_for_a_request()
    {
        var (first, second) = (CouponId.Known(Names.Fresh("seller"), "a"), CouponId.Known(Names.Fresh("seller"), "b"));
        var (terms, mark) = (new CouponTerms(10, 5, ""), Mark(Names.Fresh("key")));

        Assert.NotNull(await Ledger.CreateAsync(first, terms, request: mark));
        Assert.Null(await Ledger.CreateAsync(first, terms, request: mark));
        Assert.Null(await Ledger.CreateAsync(second, terms, request: mark));

        Assert.Null(await Ledger.FindAsync(second));
        Assert.True((await Ledger.FindRequestAsync("bob", mark.Key!))!.IsRepeatedBy(mark));
    }

    [Fact]
    public async Task Stops_are_set_and_lifted_once_each_and_recorded()
    {
        var before = await site.QueryAsync("SELECT COALESCE(MAX(no), 0) FROM operations WHERE scope = 'stops'");
        var (coupon, seller) = (new SaleStop("anna", "a/b"), new SaleStop("anna", ""));

        var set = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => site.NewLedger().SetStopAsync(i % 2 == 0 ? coupon : seller, true, "operator")));
        Assert.Equal(2, set.Count(isNew => isNew));
        Assert.Equal([seller, coupon], (await Ledger.StopsAsync()).Where(stop => stop.Seller == "anna"));
        Assert.True(await Ledger.SetStopAsync(seller, false, "operator"));
        Assert.False(await Ledger.SetStopAsync(seller, false, "operator"));
        Assert.Contains(coupon, await Ledger.StopsAsync());
        Assert.True(await Ledger.SetStopAsync(coupon, false, "operator"));

        Assert.Equal(before + 4, await site.QueryAsync("SELECT MAX(no) FROM operations WHERE scope = 'stops'"));
    }

    private static TermsChange Change(LedgerCoupon coupon, SaleTerms? terms, RequestMark? request = null) =>
        new(coupon.Key, coupon.Version, Terms: terms, Operation: _pause, Request: request);

    private static RequestMark Mark(string key) => new("bob", key, "pause", [.. Enumerable.Repeat((byte)7, 32)], null);
}

public sealed class RequestsInMySql(MySqlSite site) : RequestTests(site), IClassFixture<MySqlSite>;

public sealed class RequestsInSqlite(SqliteSite site) : RequestTests(site), IClassFixture<SqliteSite>;
