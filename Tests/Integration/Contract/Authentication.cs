namespace SecKill.Tests.Integration.Contract;

public abstract class Authentication(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    public static TheoryData<string> Forgeries => [.. Tokens.Forgeries];

    [Theory]
    [InlineData("{0}")]
    [InlineData(" {0}")]
    [InlineData("Bearer {0}")]
    [InlineData("bearer {0}")]
    [InlineData("BEARER {0}")]
    [InlineData("bEaReR {0}")]
    [InlineData(" Bearer {0}")]
    public async Task A_token_is_taken_bare_or_after_bearer_in_any_case_and_after_a_space(string form)
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        Expect.Created(await Api.CreateAsync(In(form, seller), seller.Name, "c", 1));
        Expect.Claimed(await Api.ClaimAsync(In(form, customer), seller.Name, "c"));
        Expect.Listed(await Api.ListAsync(In(form, customer), customer.Name), "c");
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forged_token_is_refused_on_every_route(string forgery)
    {
        var seller = await NewSellerAsync();
        var customer = NewCustomer();
        await NewCouponAsync(seller, 1, "c");

        foreach (var prefix in new[] { "", "Bearer " })
        {
            var sellers = prefix + Tokens.Forge(forgery, seller.Name, Tokens.Seller);
            var customers = prefix + Tokens.Forge(forgery, customer.Name, Tokens.Customer);
            await RefusedEverywhereAsync(sellers, customers, seller, customer);
        }
        Assert.Equal(1, await LeftAsync(seller, "c"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer{0}")]
    [InlineData("Bearer Bearer {0}")]
    [InlineData("Basic {0}")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Token {0}")]
    [InlineData("{0} {0}")]
    [InlineData("{0}x")]
    [InlineData("{0}=")]
    [InlineData("{0}.")]
    [InlineData(".{0}")]
    [InlineData("\"{0}\"")]
    [InlineData("...")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    [InlineData("Bearer 令牌")]
    public async Task A_malformed_header_is_refused_on_every_route(string? form)
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        await NewCouponAsync(seller, 1, "c");
        await RefusedEverywhereAsync(In(form, seller), In(form, customer), seller, customer);
        Assert.Equal(1, await LeftAsync(seller, "c"));
    }

    [Theory]
    [InlineData("\u00FF\u00FE")]
    [InlineData("Bearer \u0080")]
    public async Task A_token_of_bytes_that_are_no_text_is_refused_as_a_token(string latin1) =>
        Assert.Equal(401, await RawRequest.StatusAsync(Deployment.Gateways[0], "GET /api/users/anybody/coupons", latin1));

    [Theory]
    [InlineData(10_000)]
    [InlineData(20_000)]
    public async Task A_huge_token_is_refused(int length)
    {
        var customer = NewCustomer();
        Expect.Refused(await Api.ListAsync(new string('a', length), customer.Name), 401);
        Expect.Refused(await Api.ListAsync(customer.Token + new string('a', length), customer.Name), 401);
        Expect.Empty(await Api.ListAsync(customer.Token, customer.Name));
    }

    [Fact]
    public async Task A_token_says_who_somebody_is_and_not_the_path()
    {
        var (seller, customer) = (await NewSellerAsync(), NewCustomer());
        await NewCouponAsync(seller, 1, "c");

        Expect.Is(await Api.CreateAsync(Tokens.Mint(seller.Name, Tokens.Customer), seller.Name, "d", 1), 401, "Only sellers can create coupons.");
        Expect.Claimed(await ClaimAsync(customer, seller, "c"));

        Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), "c");
    }

    private static string? In(string? form, Account account) => form?.Replace("{0}", account.Token, StringComparison.Ordinal);

    private async Task RefusedEverywhereAsync(string? sellers, string? customers, Account seller, Account customer)
    {
        Expect.Refused(await Api.CreateAsync(sellers, seller.Name, "d", 1), 401);
        Expect.Refused(await Api.ClaimAsync(customers, seller.Name, "c"), 401);
        Expect.Refused(await Api.ClaimAsync(customers, seller.Name, "no such coupon"), 401);
        Expect.Refused(await Api.ListAsync(customers, customer.Name), 401);
        Expect.Refused(await Api.ListAsync(customers, seller.Name), 401);
        Expect.Refused(await Api.ListAsync(sellers, Names.Fresh("nobody"), "abc"), 401);
    }
}

public sealed class AuthenticationEmbedded(SharedDeployments shared) : Authentication(shared.EmbeddedAsync);

public sealed class AuthenticationCluster(SharedDeployments shared) : Authentication(shared.ClusterAsync);
