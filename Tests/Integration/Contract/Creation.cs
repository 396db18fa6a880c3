namespace SecKill.Tests.Integration.Contract;

public abstract class Creation(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const string Duplicate = "Create failed. Maybe (username,coupon name) duplicates";
    private const string NotJson = "Only receive JSON format.";

    [Fact]
    public async Task A_seller_creates_a_coupon_which_is_on_sale_at_once()
    {
        var seller = await NewSellerAsync();

        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, "a coupon", 3, stock: 100, "ten off"));

        var row = Assert.Single(Expect.Listed(await Other.ListAsync(seller.Token, seller.Name), "a coupon"));
        Assert.Equal((3, 3, 100, "ten off"), (row.Amount, row.Left, row.Stock, row.Description));
        Expect.Claimed(await Other.ClaimAsync(NewCustomer().Token, seller.Name, "a coupon"));
    }

    [Fact]
    public async Task A_name_is_created_once_a_seller_and_keeps_its_first_meaning()
    {
        var seller = await NewSellerAsync();
        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, "once", 3));

        Expect.Is(await Other.CreateAsync(seller.Token, seller.Name, "once", 9, 9, "other"), 400, Duplicate);

        Assert.Equal(3, Assert.Single(Expect.Listed(await Api.ListAsync(seller.Token, seller.Name), "once")).Amount);
    }

    [Fact]
    public async Task Two_sellers_may_use_one_name()
    {
        var (first, second) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = await NewCouponAsync(first, 1);
        Expect.Created(await Other.CreateAsync(second.Token, second.Name, coupon, 2));
        var customer = NewCustomer();

        Expect.Claimed(await ClaimAsync(customer, first, coupon));
        Expect.Claimed(await ClaimAsync(customer, second, coupon));

        Assert.Equal(0, await LeftAsync(first, coupon));
        Assert.Equal(1, await LeftAsync(second, coupon));
        Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), coupon, coupon);
    }

    [Fact]
    public async Task Of_50_identical_creations_at_once_one_succeeds()
    {
        var seller = await NewSellerAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => Gateways[i % Gateways.Count].CreateAsync(seller.Token, seller.Name, "race", 5)));

        Assert.Single(answers, answer => answer.Status == 201);
        foreach (var answer in answers.Where(answer => answer.Status != 201))
            Expect.Is(answer, 400, Duplicate);
        Assert.Equal(5, Assert.Single(Expect.Listed(await Other.ListAsync(seller.Token, seller.Name), "race")).Left);
    }

    [Fact]
    public async Task A_customer_cannot_create()
    {
        var customer = NewCustomer();
        Expect.Is(await Api.CreateAsync(customer.Token, customer.Name, "c", 1), 401, "Only sellers can create coupons.");
        Expect.Is(await Api.CreateAsync(customer.Token, Names.Fresh("other"), "c", 1), 401, "Only sellers can create coupons.");
    }

    [Fact]
    public async Task A_name_of_which_nothing_is_seen_or_that_turns_the_writing_is_refused()
    {
        var seller = await NewSellerAsync();
        foreach (var name in Characters.Unseen.Select(row => Characters.Text(row.Data)))
            Assert.Contains("character", Expect.Refused(await Api.CreateAsync(seller.Token, seller.Name, name, 1), 400).ErrMsg, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seller_cannot_create_for_another()
    {
        var (seller, other) = (await NewSellerAsync(), await NewSellerAsync());
        Expect.Is(await Api.CreateAsync(seller.Token, other.Name, "c", 1), 401, "Cannot create coupons for other users.");
        Expect.Empty(await Api.ListAsync(other.Token, other.Name));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"name":"","amount":0,"stock":-1}""")]
    public async Task Who_may_not_create_is_told_so_whatever_the_body(string body)
    {
        var (customer, seller, other) = (NewCustomer(), await NewSellerAsync(), await NewSellerAsync());
        Expect.Is(await Api.PostTextAsync(ApiClient.CouponsOf(customer.Name), body, customer.Token), 401, "Only sellers can create coupons.");
        Expect.Is(await Api.PostTextAsync(ApiClient.CouponsOf(other.Name), body, seller.Token), 401, "Cannot create coupons for other users.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("name=c&amount=1")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("""{"name":7,"amount":1,"stock":1}""")]
    [InlineData("""{"name":"c","amount":{},"stock":1}""")]
    [InlineData("""{"name":"c","amount":1,"stock":1,"description":7}""")]
    public async Task What_is_not_json_of_this_shape_is_refused_as_such(string body)
    {
        var seller = await NewSellerAsync();
        Expect.Is(await Api.PostTextAsync(ApiClient.CouponsOf(seller.Name), body, seller.Token), 400, NotJson);
    }

    [Theory]
    [InlineData("amount", "0")]
    [InlineData("amount", "-1")]
    [InlineData("amount", "1.5")]
    [InlineData("amount", "2147483648")]
    [InlineData("amount", "99999999999999999999")]
    [InlineData("amount", "\"10\"")]
    [InlineData("amount", "null")]
    [InlineData("amount", "true")]
    [InlineData("amount", "1e400")]
    [InlineData("amount", "1e-1")]
    [InlineData("amount", "1.00000000000000000000000000001")]
    [InlineData("stock", "-1")]
    [InlineData("stock", "1.5")]
    [InlineData("stock", "2147483648")]
    [InlineData("stock", "\"10\"")]
    [InlineData("name", "\"\"")]
    [InlineData("name", "null")]
    public async Task A_value_out_of_its_range_is_refused_and_nothing_is_created(string field, string value)
    {
        var seller = await NewSellerAsync();
        var body = new Dictionary<string, string> { ["name"] = "\"c\"", ["amount"] = "1", ["stock"] = "1", [field] = value };

        Expect.Refused(await PostAsync(seller, body), 400);

        Expect.Empty(await Other.ListAsync(seller.Token, seller.Name));
    }

    /// <summary>To JSON Schema 20.0 and 2e1 are integers, and some clients begin what they send with a byte order mark.</summary>
    [Fact]
    public async Task A_whole_number_may_be_written_as_a_fraction_or_with_an_exponent_and_a_body_may_begin_with_a_byte_order_mark()
    {
        var seller = await NewSellerAsync();
        byte[] body = [0xEF, 0xBB, 0xBF, .. """{"name":"c","amount":20.0,"stock":50e-1}"""u8];

        Expect.Created(await Api.PostBytesAsync(ApiClient.CouponsOf(seller.Name), body, seller.Token));

        var coupon = Assert.Single((await Other.ListAsync(seller.Token, seller.Name)).Coupons);
        Assert.Equal((20, 5), (coupon.Amount, coupon.Stock));
    }

    [Theory]
    [InlineData("amount")]
    [InlineData("stock")]
    [InlineData("name")]
    public async Task A_missing_member_is_refused(string field)
    {
        var seller = await NewSellerAsync();
        var body = new Dictionary<string, string> { ["name"] = "\"c\"", ["amount"] = "1", ["stock"] = "1" };
        body.Remove(field);

        Expect.Refused(await PostAsync(seller, body), 400);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task A_description_may_be_missing_or_empty(string? description)
    {
        var seller = await NewSellerAsync();
        var body = new Dictionary<string, string> { ["name"] = "\"c\"", ["amount"] = "1", ["stock"] = "0" };
        if (description is not null)
            body["description"] = description;

        Expect.Created(await PostAsync(seller, body));

        var row = Assert.Single(Expect.Listed(await Other.ListAsync(seller.Token, seller.Name), "c"));
        Assert.Equal((0, ""), (row.Stock, row.Description));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("字")]
    [InlineData("🎉")]
    public async Task Name_and_description_have_at_most_60_characters_counted_as_code_points(string character)
    {
        var seller = await NewSellerAsync();
        var longest = string.Concat(Enumerable.Repeat(character, 60));

        Expect.Created(await Api.CreateAsync(seller.Token, seller.Name, longest, 1, 1, longest));
        Expect.Refused(await Api.CreateAsync(seller.Token, seller.Name, longest + character, 1), 400);
        Expect.Refused(await Api.CreateAsync(seller.Token, seller.Name, "c", 1, 1, longest + character), 400);

        Assert.Equal(longest, Assert.Single(Expect.Listed(await Other.ListAsync(seller.Token, seller.Name), longest)).Description);
        Expect.Claimed(await Other.ClaimAsync(NewCustomer().Token, seller.Name, longest));
    }

    [Theory]
    [MemberData(nameof(Characters.Control), MemberType = typeof(Characters))]
    public async Task A_control_character_is_refused(int character)
    {
        var seller = await NewSellerAsync();
        var text = $"a{(char)character}b";
        Expect.Refused(await Api.CreateAsync(seller.Token, seller.Name, text, 1), 400);
        Expect.Refused(await Api.CreateAsync(seller.Token, seller.Name, "c", 1, 1, text), 400);
        Expect.Empty(await Api.ListAsync(seller.Token, seller.Name));
    }

    private Task<Answer> PostAsync(Account seller, Dictionary<string, string> body) => Api.PostTextAsync(
        ApiClient.CouponsOf(seller.Name), $"{{{string.Join(',', body.Select(field => $"\"{field.Key}\":{field.Value}"))}}}", seller.Token);
}

public sealed class CreationEmbedded(SharedDeployments shared) : Creation(shared.EmbeddedAsync);

public sealed class CreationCluster(SharedDeployments shared) : Creation(shared.ClusterAsync);
