using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// More customers than units, over every gateway at once: exact, and each is told the truth. Also under refusal leases, which refuse
/// without asking Redis.
/// </summary>
public abstract class SaleTests(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const int Coupons = 10, Units = 20;

    [Fact]
    public async Task Of_more_customers_than_units_exactly_as_many_win_and_all_who_keep_asking_are_told_their_true_reason()
    {
        var sale = new Sale(Deployment);
        await sale.OpenAsync(Coupons, Units);
        await sale.RushAsync(3 * Units);
        Assert.All(sale.Coupons, coupon => Assert.Equal(Units, sale.OwnersOf(coupon).Count));
        await sale.CheckAsync(Sale.WithoutReminder);

        var coupon = sale.Coupons[0];
        var winners = sale.OwnersOf(coupon);
        // A lease lasts 0.1 s and is renewed by the next refusal: a crowd of this size spans a few.
        var crowd = Enumerable.Range(0, 3_000).Select(i => i % 4 == 0 ? winners[i / 4 % winners.Count] : Names.Fresh("loser"));
        await Parallel.ForEachAsync(crowd, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (customer, _) =>
        {
            var heard = await sale.ClaimUntilDecidedAsync(coupon, customer);
            Assert.Equal(winners.Contains(customer) ? Heard.AlreadyClaimed : Heard.SoldOut, heard);
        });
        sale.CheckAnswers();
    }
}

public sealed class SaleEmbedded(SharedDeployments shared) : SaleTests(shared.EmbeddedAsync);

public sealed class SaleCluster(SharedDeployments shared) : SaleTests(shared.ClusterAsync);
