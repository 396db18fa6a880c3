namespace SecKill.Tests.Integration.Guarantees;

/// <summary>A coupon with unverified stock does not hide others.</summary>
public sealed class UnverifiedCouponTests(SharedDeployments deployments)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_coupon_whose_owners_cannot_be_read_is_listed_without_what_is_left_and_hides_no_other()
    {
        var cluster = await deployments.ClusterAsync();
        var (apis, tokens) = (cluster.Gateways.Select(gateway => new ApiClient(gateway)).ToArray(), new Tokens(cluster.SigningKey));
        var (seller, customer) = (Names.Fresh("seller"), Names.Fresh("customer"));
        var (sellers, customers) = (tokens.Mint(seller, Tokens.Seller), tokens.Mint(customer, Tokens.Customer));
        string[] coupons = ["broken", "whole", "another"];
        foreach (var coupon in coupons)
        {
            Expect.Created(await apis[0].CreateAsync(sellers, seller, coupon, amount: 3, stock: 7, description: "dinner"));
            Expect.Claimed(await apis[0].ClaimAsync(customers, seller, coupon));
        }
        await Eventually.EqualAsync(
            "the claims are drained", 3, async () => (await cluster.LedgerClaimsAsync()).Count(claim => claim.Username == customer), _timeout);

        var redis = cluster.Redis!.GetDatabase();
        var owners = StockKeys.OfCoupon(CouponId.Known(seller, coupons[0]))[1];
        await redis.KeyDeleteAsync(owners);
        await redis.StringSetAsync(owners, "of another type");
        try
        {
            foreach (var api in apis)
            {
                var rows = Expect.Listed(await api.ListAsync(sellers, seller), coupons);
                Assert.Equal([null, 2, 2], rows.Select(row => row.Left));
                Assert.All(rows, row => Assert.Equal((3, 7, "dinner"), (row.Amount, row.Stock, row.Description)));
                Expect.Listed(await api.ListAsync(customers, customer), coupons);
            }
        }
        finally
        {
            await redis.KeyDeleteAsync(owners);
        }
        await Eventually.EqualAsync(
            "it is verified again", 2, async () => (await apis[0].ListAsync(sellers, seller)).Coupons.FirstOrDefault(row => row.Name == coupons[0])?.Left, _timeout);
    }
}
