using SecKill.Grains.Interfaces.Audit;
using SecKill.Tests.Integration.Guarantees;

namespace SecKill.Tests.Integration.Audit;

/// <summary>Rebuilding through the coupon's grain, as a gateway has it done.</summary>
public sealed class RebuildInAClusterTests(GrainServers servers) : GrainClusters(servers)
{
    [Fact]
    public async Task Rebuilding_in_the_middle_of_a_sale_loses_and_doubles_nothing()
    {
        const int amount = 300;
        await StartClusterAsync(silos: 2);
        var id = await CreatedAsync(amount);
        var coupon = Clusters[0].Client.GetGrain<ICouponGrain>(id.Key);
        var won = new ConcurrentBag<string>();
        var users = Enumerable.Range(0, 400).Select(_ => Names.Fresh("customer")).ToArray();

        var selling = Parallel.ForEachAsync(users.Chunk(4), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (batch, _) =>
        {
            ClaimReply reply;
            do
            {
                reply = await coupon.Claim(new ClaimBatch(batch, null));
                foreach (var (user, outcome) in batch.Zip(reply.Outcomes))
                {
                    // An undecided claim may have won.
                    if (outcome is ClaimOutcome.Claimed or ClaimOutcome.AlreadyClaimed)
                        won.Add(user);
                }
            }
            while (reply.Outcomes.Contains(ClaimOutcome.Undecided));
        });
        for (var i = 0; i < 5; i++)
        {
            // Two at once: one of them joins the other's.
            Assert.All(await Task.WhenAll(coupon.Rebuild(), coupon.Rebuild()), Assert.True);
            Assert.NotEqual(AuditVerdict.Differs, (await AuditAsync()).Verdict);
        }
        await selling;

        Assert.Equal(amount, won.Distinct().Count());
        await Eventually.EqualAsync("the ledger holds every claim once", (amount, 0, 0L), () => LedgerAsync(id, won), Drained);
        await Eventually.EqualAsync("all agrees", AuditVerdict.Agrees, async () => (await AuditAsync()).Verdict, Drained);
        var page = (await Clusters[0].Client.GetGrain<IAuditGrain>(0).AuditPage(long.MaxValue, deep: true)).Audits;
        Assert.Equal(AuditVerdict.Agrees, Assert.Single(page, audit => audit.Coupon == id).Verdict);
        Assert.False(await Clusters[0].Client.GetGrain<ICouponGrain>("nobody/nothing").Rebuild());

        Task<CouponAudit> AuditAsync() => Clusters[0].Client.GetGrain<IAuditGrain>(0).Audit(id, deep: true);
    }
}
