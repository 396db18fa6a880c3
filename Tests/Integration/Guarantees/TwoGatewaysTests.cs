using SecKill.Tests.Integration.Contract;
using SecKill.Tests.Integration.Deployments;
using SecKill.Tests.LocalServers.Api;
using Xunit;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>Freshness and duplicates: whichever gateway answers, the result is one.</summary>
public sealed class TwoGatewaysTests(SharedDeployments shared) : ContractTests(shared.ClusterAsync)
{
    private const int Rounds = 25;

    [Fact]
    public async Task A_claim_won_at_one_gateway_shows_at_once_in_both_lists_at_the_other()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, Rounds);
        for (var round = 1; round <= Rounds; round++)
        {
            var customer = NewCustomer();
            var (winning, reading) = (Gateways[round % 2], Gateways[(round + 1) % 2]);
            // Read before, so that nothing that was remembered of it can be taken for the truth afterwards.
            Expect.Empty(await reading.ListAsync(customer.Token, customer.Name));

            Expect.Claimed(await winning.ClaimAsync(customer.Token, seller.Name, coupon));

            var sellers = reading.ListAsync(customer.Token, seller.Name);
            Expect.Listed(await reading.ListAsync(customer.Token, customer.Name), coupon);
            Assert.Equal(Rounds - round, Assert.Single((await sellers).Coupons).Left);
        }
    }

    [Fact]
    public async Task A_customer_who_claims_at_both_gateways_at_once_wins_once()
    {
        var seller = await NewSellerAsync();
        var coupon = await NewCouponAsync(seller, Rounds * 2);
        await Parallel.ForAsync(0, Rounds, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            var customer = NewCustomer();
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Gateways[i % 2].ClaimAsync(customer.Token, seller.Name, coupon)));
            Expect.Claimed(Assert.Single(answers, answer => answer.Status == 201));
            Assert.All(answers.Where(answer => answer.Status != 201), answer => Expect.NotClaimed(answer, "already-claimed"));
        });
        Assert.Equal(Rounds, await LeftAsync(seller, coupon));
    }

    [Fact]
    public async Task A_log_out_at_one_gateway_refuses_the_token_at_the_other_at_once()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var customer = NewCustomer();
            var (here, there) = (Gateways[round % 2], Gateways[(round + 1) % 2]);
            Expect.Empty(await there.ListAsync(customer.Token, customer.Name));
            Expect.Is(await here.LogOutAsync(customer.Token), 200, "log out.");
            Expect.Refused(await there.ListAsync(customer.Token, customer.Name), 401);
            Expect.Refused(await here.ListAsync(customer.Token, customer.Name), 401);
        }
    }

    [Fact]
    public async Task A_coupon_created_at_both_gateways_at_once_exists_once()
    {
        var seller = await NewSellerAsync();
        for (var round = 0; round < 5; round++)
        {
            var name = Names.Fresh("coupon");
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Gateways[i % 2].CreateAsync(seller.Token, seller.Name, name, amount: 3)));
            Assert.Single(answers, answer => answer.Status == 201);
            Assert.Equal(3, answers.Count(answer => answer.Status == 400));
            Assert.Equal(3, await LeftAsync(seller, name));
        }
    }
}
