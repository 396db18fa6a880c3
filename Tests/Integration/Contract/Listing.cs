namespace SecKill.Tests.Integration.Contract;

public abstract class Listing(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Fact]
    public async Task Who_has_no_coupons_gets_204_and_no_body()
    {
        var seller = await NewSellerAsync();
        var registered = await NewRegisteredCustomerAsync();
        var unregistered = NewCustomer();

        Expect.Empty(await Api.ListAsync(seller.Token, seller.Name));
        Expect.Empty(await Api.ListAsync(registered.Token, registered.Name));
        Expect.Empty(await Api.ListAsync(unregistered.Token, unregistered.Name));
    }

    [Fact]
    public async Task A_sellers_coupons_show_everything_to_everybody_logged_in()
    {
        var (seller, rival) = (await NewSellerAsync(), await NewSellerAsync());
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, "seen", 7, stock: 30, "text"));

        foreach (var reader in new[] { seller, rival, NewCustomer() })
        {
            var row = Assert.Single(Expect.Listed(await Other.ListAsync(reader.Token, seller.Name), "seen"));
            Assert.Equal(new CouponRow("seen", 30, "text", 7, 7, "amount,description,left,name,stock"), row);
        }
    }

    [Fact]
    public async Task A_customers_own_coupons_show_no_numbers_of_the_seller()
    {
        var seller = await NewSellerAsync();
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, "mine", 7, stock: 30, "text"));
        var customer = NewCustomer();
        Expect.Claimed(await ClaimAsync(customer, seller, "mine"));

        var row = Assert.Single(Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), "mine"));

        Assert.Equal(new CouponRow("mine", 30, "text", null, null, "description,name,stock"), row);
    }

    [Fact]
    public async Task A_customers_own_coupons_tell_their_sellers_where_that_is_asked_for()
    {
        var (one, two) = (await NewSellerAsync(), await NewSellerAsync());
        var customer = NewCustomer();
        foreach (var seller in new[] { one, two })
        {
            Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, "twin", 7));
            Expect.Claimed(await ClaimAsync(customer, seller, "twin"));
        }

        var answer = await Other.ListAsync(customer.Token, customer.Name, "1&with=seller");

        using var json = System.Text.Json.JsonDocument.Parse(answer.Body);
        Assert.Equal([one.Name, two.Name], json.RootElement.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("seller").GetString()));
        var others = await Other.ListAsync(customer.Token, one.Name, "1&with=seller");
        Assert.DoesNotContain("seller\"", others.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_customers_coupons_are_nobodys_business()
    {
        var customer = await NewRegisteredCustomerAsync();
        var seller = await NewSellerAsync();

        foreach (var reader in new[] { NewCustomer(), seller })
        {
            var answer = await Api.ListAsync(reader.Token, customer.Name);
            Assert.True(answer is { Status: 401, ErrMsg: "Cannot check other customer.", Coupons: [] }, $"{answer}");
            Expect.WithFields(answer, "data", "errMsg");
        }
    }

    [Fact]
    public async Task An_unknown_user_has_no_record()
    {
        var answer = Expect.Refused(await Api.ListAsync(NewCustomer().Token, Names.Fresh("nobody")), 400);
        Assert.Equal("Record not found.", answer.ErrMsg);
    }

    [Fact]
    public async Task A_seller_registered_after_it_was_asked_for_is_found()
    {
        var (name, reader) = (Names.Fresh("later"), NewCustomer());
        foreach (var gateway in Gateways)
            Expect.Refused(await gateway.ListAsync(reader.Token, name), 400);

        var seller = await NewSellerAsync(name);
        await NewCouponAsync(seller, 1, "c");

        foreach (var gateway in Gateways)
            Expect.Listed(await gateway.ListAsync(reader.Token, name), "c");
    }

    [Fact]
    public async Task A_sellers_pages_hold_20_in_creation_order()
    {
        var seller = await NewSellerAsync();
        var coupons = Shuffled(41);
        foreach (var coupon in coupons)
            await NewCouponAsync(seller, 1, coupon);

        await HasPagesAsync(seller, coupons);
    }

    [Fact]
    public async Task A_customers_pages_hold_20_in_claim_order()
    {
        var seller = await NewSellerAsync();
        var coupons = Shuffled(41);
        foreach (var coupon in coupons.Order())
            await NewCouponAsync(seller, 1, coupon);
        var customer = NewCustomer();
        foreach (var (i, coupon) in coupons.Index())
            Expect.Claimed(await Gateways[i % Gateways.Count].ClaimAsync(customer.Token, seller.Name, coupon));

        await HasPagesAsync(customer, coupons);
    }

    [Fact]
    public async Task A_page_that_is_just_full_is_the_last()
    {
        var seller = await NewSellerAsync();
        var coupons = Shuffled(20);
        foreach (var coupon in coupons)
            await NewCouponAsync(seller, 1, coupon);

        Expect.Listed(await Other.ListAsync(seller.Token, seller.Name), coupons);
        Expect.Empty(await Other.ListAsync(seller.Token, seller.Name, 2));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("1x")]
    [InlineData("1e1")]
    [InlineData("0x10")]
    [InlineData("--1")]
    [InlineData("%31%00")]
    [InlineData("NaN")]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("%201")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999")]
    [InlineData("-99999999999999999999")]
    public async Task A_page_that_is_no_integer_is_refused(string page)
    {
        var seller = await NewSellerAsync();
        var customer = NewCustomer();
        foreach (var (reader, of) in new[] { (seller, seller), (customer, seller), (customer, customer) })
        {
            var answer = Expect.Refused(await Api.ListAsync(reader.Token, of.Name, page), 400);
            Assert.Equal("Wrong format of page.", answer.ErrMsg);
        }
    }

    [Theory]
    [InlineData("2147483647")]
    [InlineData("2147483648")]
    [InlineData("9223372036854775807")]
    [InlineData("%2B0000000000000000000000000009")]
    public async Task A_page_beyond_all_bounds_is_empty(string page)
    {
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, 1);
        Expect.Empty(await Api.ListAsync(seller.Token, seller.Name, page));
    }

    private async Task HasPagesAsync(Account account, string[] coupons)
    {
        foreach (var first in new object?[] { null, 0, 1, -1, "-2147483648" })
            Expect.Listed(await Other.ListAsync(account.Token, account.Name, first), coupons[..20]);
        Expect.Listed(await Other.ListAsync(account.Token, account.Name, 2), coupons[20..40]);
        Expect.Listed(await Other.ListAsync(account.Token, account.Name, 3), coupons[40..]);
        Expect.Empty(await Other.ListAsync(account.Token, account.Name, 4));
    }

    // The right order must not result from the alphabet or a hash by chance.
    private static string[] Shuffled(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"c{i:00}").ToArray();
        new Random(20080).Shuffle(names);
        return names;
    }
}

public sealed class ListingEmbedded(SharedDeployments shared) : Listing(shared.EmbeddedAsync);

public sealed class ListingCluster(SharedDeployments shared) : Listing(shared.ClusterAsync);
