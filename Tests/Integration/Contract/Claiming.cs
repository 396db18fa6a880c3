namespace SecKill.Tests.Integration.Contract;

public abstract class Claiming(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Fact]
    public async Task A_customer_gets_one_piece_and_is_told_so_ever_after()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 2);
        var customer = NewCustomer();

        Expect.Claimed(await ClaimAsync(customer, seller, coupon));

        foreach (var gateway in Gateways.Concat(Gateways))
            Expect.NotClaimed(await gateway.ClaimAsync(customer.Token, seller.Name, coupon), "already-claimed");
        Assert.Equal(1, await LeftAsync(seller, coupon));
        Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), coupon);
    }

    [Fact]
    public async Task A_claim_won_at_one_gateway_shows_at_once_in_both_lists_at_the_other()
    {
        const int rounds = 25;
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, rounds);
        for (var round = 1; round <= rounds; round++)
        {
            var customer = NewCustomer();
            var (winning, reading) = (Gateways[round % Gateways.Count], Gateways[(round + 1) % Gateways.Count]);
            // Read before, so that nothing that was remembered of it can be taken for the truth afterwards.
            Expect.Empty(await reading.ListAsync(customer.Token, customer.Name));

            Expect.Claimed(await winning.ClaimAsync(customer.Token, seller.Name, coupon));

            var sellers = reading.ListAsync(customer.Token, seller.Name);
            Expect.Listed(await reading.ListAsync(customer.Token, customer.Name), coupon);
            Assert.Equal(rounds - round, Assert.Single((await sellers).Coupons).Left);
        }
    }

    [Fact]
    public async Task Who_comes_too_late_hears_sold_out_and_the_winner_still_hears_already_claimed()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        var (winner, loser) = (NewCustomer(), NewCustomer());
        Expect.Claimed(await ClaimAsync(winner, seller, coupon));

        // Several rounds: the first refusal may be remembered, and the next ones answered from that memory.
        for (var round = 0; round < 5; round++)
        {
            foreach (var gateway in Gateways)
            {
                Expect.NotClaimed(await gateway.ClaimAsync(loser.Token, seller.Name, coupon), "sold-out");
                Expect.NotClaimed(await gateway.ClaimAsync(winner.Token, seller.Name, coupon), "already-claimed");
            }
        }
        Expect.Empty(await Other.ListAsync(loser.Token, loser.Name));
        Assert.Equal(0, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task A_coupon_that_does_not_exist_is_no_such_coupon()
    {
        var (seller, other) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = await NewCouponAsync(seller, 1);
        var customer = NewCustomer();

        Expect.NotClaimed(await ClaimAsync(customer, seller, coupon + "x"), "no-such-coupon");
        Expect.NotClaimed(await ClaimAsync(customer, other, coupon), "no-such-coupon");
        Expect.NotClaimed(await Api.ClaimAsync(customer.Token, Names.Fresh("nobody"), coupon), "no-such-coupon");
    }

    [Fact]
    public async Task A_coupon_created_after_it_was_asked_for_is_sold()
    {
        var seller = await NewSellerAsync();
        var (coupon, customer) = (Names.Fresh("later"), NewCustomer());
        foreach (var gateway in Gateways)
            Expect.NotClaimed(await gateway.ClaimAsync(customer.Token, seller.Name, coupon), "no-such-coupon");

        await NewCouponAsync(seller, 1, coupon);

        Expect.Claimed(await Other.ClaimAsync(customer.Token, seller.Name, coupon));
    }

    [Fact]
    public async Task A_seller_gets_no_coupons_not_even_its_own()
    {
        var (seller, other) = (await NewSellerAsync(), await NewSellerAsync());
        var coupon = await NewCouponAsync(seller, 1);

        foreach (var account in new[] { seller, other })
        {
            Expect.Is(await ClaimAsync(account, seller, coupon), 401, "Sellers aren't allowed to get coupons.");
            Expect.Is(await ClaimAsync(account, seller, coupon + "x"), 401, "Sellers aren't allowed to get coupons.");
        }
        Assert.Equal(1, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task A_body_changes_nothing()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, 1);
        using var body = new StringContent("not json");
        Expect.Claimed(await Api.SendAsync(HttpMethod.Patch, ApiClient.CouponOf(seller.Name, coupon), NewCustomer().Token, body));
    }

    [Fact]
    public async Task A_stampede_of_duplicate_clicks_sells_each_piece_once_and_tells_everybody_the_truth()
    {
        const int pieces = 20;
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, pieces);
        var customers = Enumerable.Range(0, 200).Select(_ => NewCustomer()).ToArray();
        var clicks = customers.SelectMany(customer => new[] { customer, customer, customer }).ToArray();
        new Random(200).Shuffle(clicks);

        var answers = await Task.WhenAll(clicks.Select(async (customer, i) =>
            (Customer: customer, Answer: await Gateways[i % Gateways.Count].ClaimAsync(customer.Token, seller.Name, coupon))));

        var winners = answers.Where(click => click.Answer.Status == 201).Select(click => click.Customer).ToArray();
        Assert.Equal(pieces, winners.Length);
        Assert.Equal(pieces, winners.Distinct().Count());
        foreach (var (customer, answer) in answers)
        {
            if (answer.Status == 201)
                Expect.Claimed(answer);
            else
                Expect.NotClaimed(answer, winners.Contains(customer) ? "already-claimed" : "sold-out");
        }
        Assert.Equal(0, await LeftAsync(seller, coupon));
        await Parallel.ForEachAsync(customers, async (customer, _) =>
        {
            var won = winners.Contains(customer);
            Expect.NotClaimed(await Other.ClaimAsync(customer.Token, seller.Name, coupon), won ? "already-claimed" : "sold-out");
            Expect.Listed(await Other.ListAsync(customer.Token, customer.Name), won ? [coupon] : []);
        });
    }
}

public sealed class ClaimingEmbedded(SharedDeployments shared) : Claiming(shared.EmbeddedAsync);

public sealed class ClaimingCluster(SharedDeployments shared) : Claiming(shared.ClusterAsync);
