namespace SecKill.Tests.Integration.Contract;

/// <summary>A name is refused with a 400 where it is created, or it works everywhere: there is no third way.</summary>
public abstract class Naming(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(60);

    [Theory]
    [MemberData(nameof(OddNames.Alone), MemberType = typeof(OddNames))]
    public async Task A_seller_name_works_everywhere_or_is_refused(string template)
    {
        var name = OddNames.Filled(template);
        if (!await RegisteredAsync(name, Tokens.Seller))
            return;
        var token = (await Other.LogInAsync(name, Password)).Token;
        var customer = NewCustomer();

        Expect.Created(await Api.CreateAsync(token, name, "c", 2));
        Expect.Claimed(await Other.ClaimAsync(customer.Token, name, "c"));
        Expect.NotClaimed(await Api.ClaimAsync(customer.Token, name, "c"), "already-claimed");

        Assert.Equal(1, Assert.Single(Expect.Listed(await Other.ListAsync(token, name), "c")).Left);
        Expect.Listed(await Api.ListAsync(customer.Token, name, 1), "c");
        await ReachesLedgerAsync((name, "c", customer.Name));
    }

    [Theory]
    [MemberData(nameof(OddNames.Alone), MemberType = typeof(OddNames))]
    public async Task A_customer_name_works_everywhere_or_is_refused(string template)
    {
        var name = OddNames.Filled(template);
        // Where the seller's test has taken the fixed name already, a name that is free but as odd.
        if (name == template)
            name += name;
        if (!await RegisteredAsync(name, Tokens.Customer))
            return;
        var token = (await Other.LogInAsync(name, Password)).Token;
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, 2, "c");

        Expect.Empty(await Other.ListAsync(token, name));
        Expect.Claimed(await Other.ClaimAsync(token, seller.Name, "c"));

        Expect.NotClaimed(await Api.ClaimAsync(token, seller.Name, "c"), "already-claimed");
        Expect.Listed(await Api.ListAsync(token, name), "c");
        Assert.Equal(401, (await Api.ListAsync(seller.Token, name)).Status);
        await ReachesLedgerAsync((seller.Name, "c", name));
        Expect.Is(await Api.LogOutAsync(token), 200, "log out.");
    }

    [Theory]
    [MemberData(nameof(OddNames.Alone), MemberType = typeof(OddNames))]
    public async Task A_coupon_name_works_everywhere_or_is_refused(string template)
    {
        var seller = await NewSellerAsync();
        var coupon = OddNames.Filled(template);
        var created = await Api.CreateAsync(seller.Token, seller.Name, coupon, 2);
        if (OddNames.MustBeRefused(coupon))
        {
            Expect.Refused(created, 400);
            return;
        }
        Expect.Created(created);
        var customer = NewCustomer();

        Expect.Claimed(await Other.ClaimAsync(customer.Token, seller.Name, coupon));

        Expect.NotClaimed(await Api.ClaimAsync(customer.Token, seller.Name, coupon), "already-claimed");
        Assert.Equal(1, Assert.Single(Expect.Listed(await Other.ListAsync(customer.Token, seller.Name), coupon)).Left);
        Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), coupon);
        await ReachesLedgerAsync((seller.Name, coupon, customer.Name));
    }

    [Theory]
    [MemberData(nameof(OddNames.Pairs), MemberType = typeof(OddNames))]
    public async Task Two_user_names_that_look_alike_are_two_users(string first, string second)
    {
        var tag = Names.Tag();
        string[] names = [OddNames.Filled(first, tag), OddNames.Filled(second, tag)];
        foreach (var name in names)
            Assert.True(await RegisteredAsync(name, Tokens.Customer));
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, 3, "c");

        foreach (var name in names)
            Expect.Claimed(await ClaimAsync(NewCustomer(name), seller, "c"));

        foreach (var name in names)
        {
            Expect.NotClaimed(await Other.ClaimAsync(NewCustomer(name).Token, seller.Name, "c"), "already-claimed");
            Expect.Listed(await Other.ListAsync(NewCustomer(name).Token, name), "c");
            await ReachesLedgerAsync((seller.Name, "c", name));
        }
        Assert.Equal(1, await LeftAsync(seller, "c"));
        await Eventually.EqualAsync("the ledger counts both", 1, () => Deployment.LedgerLeftAsync(seller.Name, "c"), _drained);
    }

    [Fact]
    public async Task Names_that_read_as_one_number_are_users_of_their_own()
    {
        var tag = Names.Tag();
        var seller = await NewSellerAsync();
        await NewCouponAsync(seller, OddNames.NumberLike.Count, "c");
        var users = OddNames.NumberLike.Select((template, i) => (Name: OddNames.Filled(template, tag), Password: $"{Password}{i}")).ToArray();
        foreach (var (name, password) in users)
            Expect.Created(await Api.RegisterAsync(name, password, Tokens.Customer));

        for (var i = 0; i < users.Length; i++)
        {
            Expect.Refused(await Other.LogInAsync(users[i].Name, users[(i + 1) % users.Length].Password), 401);
            var token = (await Other.LogInAsync(users[i].Name, users[i].Password)).Token;
            Expect.Claimed(await Api.ClaimAsync(token, seller.Name, "c"));
            Expect.Listed(await Other.ListAsync(token, users[i].Name), "c");
        }

        Expect.Refused(await Other.LogInAsync($"0000{tag}", users[0].Password), 401);
        Assert.Equal(0, await LeftAsync(seller, "c"));
        foreach (var (name, _) in users)
            await ReachesLedgerAsync((seller.Name, "c", name));
    }

    [Theory]
    [MemberData(nameof(OddNames.Pairs), MemberType = typeof(OddNames))]
    public async Task Two_coupon_names_that_look_alike_are_two_coupons(string first, string second)
    {
        var seller = await NewSellerAsync();
        string[] coupons = [OddNames.Filled(first, "x"), OddNames.Filled(second, "x")];
        foreach (var coupon in coupons)
            Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, coupon, 1));
        var customer = NewCustomer();

        foreach (var coupon in coupons)
        {
            Expect.Claimed(await Other.ClaimAsync(customer.Token, seller.Name, coupon));
            Expect.NotClaimed(await Api.ClaimAsync(NewCustomer().Token, seller.Name, coupon), "sold-out");
        }

        Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), coupons);
        Expect.Listed(await Other.ListAsync(customer.Token, seller.Name), coupons);
        foreach (var coupon in coupons)
            await ReachesLedgerAsync((seller.Name, coupon, customer.Name));
    }

    [Theory]
    [InlineData("/")]
    [InlineData(":")]
    [InlineData("%2F")]
    [InlineData("}{")]
    public async Task A_seller_and_its_coupon_never_run_into_another_pair(string separator)
    {
        var tag = Names.Tag();
        var names = new[] { (Seller: tag, Coupon: $"b{separator}c"), (Seller: $"{tag}{separator}b", Coupon: "c") };
        foreach (var (seller, coupon) in names)
        {
            Assert.True(await RegisteredAsync(seller, Tokens.Seller));
            Expect.Created(await Api.CreateAsync(Tokens.Mint(seller, Tokens.Seller), seller, coupon, 1));
        }
        var customer = NewCustomer();

        foreach (var (seller, coupon) in names)
            Expect.Claimed(await Other.ClaimAsync(customer.Token, seller, coupon));
    }

    private async Task<bool> RegisteredAsync(string name, string kind)
    {
        var answer = await Api.RegisterAsync(name, Password, kind);
        if (OddNames.MustBeRefused(name))
        {
            Expect.Refused(answer, 400);
            // "Taken" is no refusal of the name.
            Assert.False(answer.ErrMsg!.StartsWith("Insert user failed.", StringComparison.Ordinal), $"{answer}");
            return false;
        }
        Expect.Created(answer);
        return true;
    }

    private Task ReachesLedgerAsync((string Seller, string Coupon, string Username) claim) => Eventually.EqualAsync(
        $"{claim} is in the ledger", 1, async () => (await Deployment.LedgerClaimsAsync()).Count(row => row == claim), _drained);
}

public sealed class NamingEmbedded(SharedDeployments shared) : Naming(shared.EmbeddedAsync);

public sealed class NamingCluster(SharedDeployments shared) : Naming(shared.ClusterAsync);
