using SecKill.Grains.Accounts;

namespace SecKill.Tests.Integration.Ledger;

/// <summary>Accounts that the version before wrote, some of them under a number that several names share.</summary>
public abstract class AccountUpgradeTests(LedgerSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accounts_of_the_version_before_are_found_under_their_names()
    {
        using var table = await site.AccountsAsync();
        string[] plain = [Names.Fresh("alice"), Names.Fresh("Alice"), $"{Names.Tag()} 优惠券", $"{Names.Tag()}g", $"+{Names.Tag()}", $"0x{Names.Tag()}", new('F', 20)];
        var (customer, seller, shared, idle, broken) = ($"{Names.Tag()}Ab", $"0{Names.Tag()}cD", $"{Names.Tag()}aB", $"00{Names.Tag()}", $"{Names.Tag()}ef");
        foreach (var name in (string[])[.. plain, customer, seller, shared, idle, broken])
            await table.WriteAsOnceAsync(name, $"hash of {name}");
        // Each owns something under the name that it uses; one has used two, and other spellings of the others own nothing.
        await site.Ledger.CreateAsync(CouponId.Known(seller, "c"), new(5, 1, ""));
        var coupon = await site.Ledger.CreateAsync(20);
        await site.Ledger.DrainAsync(coupon.Batch(0, customer, shared, shared.ToUpperInvariant(), broken, plain[0]));
        // An upgrade that died when it had moved one.
        Assert.True(await site.Ledger.NameAccountAsync(broken));
        await site.QueryAsync("DELETE FROM schema_version WHERE version >= 4");

        await Task.WhenAll(Enumerable.Range(0, site is MySqlSite ? 3 : 1).Select(_ => site.NewLedger().PrepareAsync(Cancellation)));

        foreach (var name in (string[])[.. plain, customer, seller, broken])
            Assert.Equal($"hash of {name}", await table.FindAsync(name));
        foreach (var name in (string[])[customer.ToUpperInvariant(), $"0{customer}", seller[1..], shared, shared.ToUpperInvariant(), idle, idle[2..]])
            Assert.Null(await table.FindAsync(name));
        foreach (var name in (string[])[customer, seller, broken])
            Assert.Null(await table.FindAsOnceAsync(name));
        foreach (var name in (string[])[shared, idle])
            Assert.Equal($"hash of {name}", await table.FindAsOnceAsync(name));

        // Those two wait for their names, and none is lost: the first that logs in gets it.
        var stores = new[] { idle, idle[2..] }.Select(name => new AccountStore(table.Storage, site.NewLedger(), GrainId.Create("user", UserName.Known(name).Key))).ToArray();
        foreach (var store in stores)
            Assert.Equal($"hash of {idle}", (await store.FindNumberedAsync())!.PasswordHash);
        var named = await Task.WhenAll(stores.Select(store => store.TryNameAsync()));
        Assert.Single(named, true);
        Assert.Equal($"hash of {idle}", await table.FindAsync(named[0] ? idle : idle[2..]));
        Assert.Null(await table.FindAsync(named[0] ? idle[2..] : idle));
        Assert.Null(await stores[0].FindNumberedAsync());
    }

    [Fact]
    public async Task A_name_that_is_no_number_has_no_account_under_one()
    {
        using var table = await site.AccountsAsync();
        await table.WriteAsOnceAsync("0", "hash");

        Assert.Null(await new AccountStore(table.Storage, site.Ledger, GrainId.Create("user", UserName.Known(Names.Fresh("nobody")).Key)).FindNumberedAsync());
        Assert.False(await site.Ledger.NameAccountAsync(Names.Fresh("nobody")));
        Assert.True(await site.Ledger.NameAccountAsync("0"));
    }

    [Fact]
    public async Task Thousands_of_names_are_looked_through_in_batches()
    {
        using var table = await site.AccountsAsync();
        var first = long.Parse(Names.Tag(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) << 20;
        string[] names = [.. Enumerable.Range(0, 600).Select(i => $"{first + i:x}")];
        var coupon = await site.Ledger.CreateAsync(20_000);
        foreach (var chunk in Enumerable.Range(0, 11_000).Select(i => $"{i}-x").Concat(names).Chunk(1000).Index())
            await site.Ledger.DrainAsync(coupon.Batch(chunk.Index * 1000, chunk.Item));
        foreach (var name in names)
            await table.WriteAsOnceAsync(name, name);
        await site.QueryAsync("DELETE FROM schema_version WHERE version >= 4");

        await site.NewLedger().PrepareAsync(Cancellation);

        foreach (var name in (string[])[names[0], names[^1]])
            Assert.Equal(name, await table.FindAsync(name));
        Assert.Equal(0, await site.QueryAsync($"SELECT COUNT(*) FROM OrleansStorage WHERE GrainIdN1 BETWEEN {first} AND {first + 600}"));
    }
}

public sealed class AccountUpgradeOfSqlite(SqliteSite site) : AccountUpgradeTests(site), IClassFixture<SqliteSite>;

public sealed class AccountUpgradeOfMySql(MySqlSite site) : AccountUpgradeTests(site), IClassFixture<MySqlSite>;
