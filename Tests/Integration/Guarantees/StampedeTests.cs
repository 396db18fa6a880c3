using SecKill.Tests.Integration.Contract;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// Outcomes are true also under sold-out leases, which refuse without asking Redis: losers get sold-out, winners who ask again get
/// already-claimed, in one crowd, across several leases.
/// </summary>
public abstract class Stampede(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Fact]
    public async Task Winners_and_losers_who_keep_asking_for_a_sold_out_coupon_are_each_told_their_true_reason()
    {
        var sale = new Sale(Deployment);
        await sale.OpenAsync(coupons: 1, amount: 40);
        var coupon = sale.Coupons[0];
        await sale.RushAsync(120);
        sale.CheckAnswers();
        var winners = sale.OwnersOf(coupon);
        Assert.Equal(40, winners.Count);

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

public sealed class StampedeEmbedded(SharedDeployments shared) : Stampede(shared.EmbeddedAsync);

public sealed class StampedeCluster(SharedDeployments shared) : Stampede(shared.ClusterAsync);
