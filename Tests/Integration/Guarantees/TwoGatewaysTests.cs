using SecKill.Tests.Integration.Contract;

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
}
