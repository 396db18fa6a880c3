using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Audit;

/// <summary>No false alarm: an audit finds no difference in a coupon that is sold, relayed by two and rebuilt meanwhile.</summary>
public abstract class AuditDuringASaleTests(StockSite site, LedgerSite ledgerSite)
{
    private const int Amount = 1_000;

    /// <summary>The fastest case: between any two reads of the ledger, a claim is made and another is persisted.</summary>
    [Fact]
    public async Task What_moves_between_two_readings_never_differs()
    {
        var coupon = await LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, Amount, ["d0", "d1"], ["w0"]);
        var moves = 0;
        var auditor = new Auditor(site.Server, HookedLedger.Of(ledgerSite.Ledger, MoveAsync, MoveAsync), TimeProvider.System);

        for (var i = 0; i < 5; i++)
        {
            var audit = await auditor.AuditAsync(coupon.Row.Id, deep: true);
            Assert.True(audit.Verdict == AuditVerdict.Draining, string.Join(' ', audit.Words()));
            var page = (await auditor.PageAsync(coupon.Row.LedgerId + 1, deep: false, TimeSpan.Zero)).Audits;
            Assert.Equal(AuditVerdict.Draining, Assert.Single(page).Verdict);
            // Written but not acknowledged: the ledger is ahead of the outbox.
            var head = await coupon.Probe.Stock.PeekAsync(2);
            Assert.True((await ledgerSite.Ledger.DrainAsync(head.Batch)).Committed);
        }
        Assert.InRange(moves, 40, 80);

        async Task MoveAsync(string method)
        {
            // An auditor only reads.
            Assert.Contains(
                method, new[]
                {
                    nameof(ILedger.FindAsync), nameof(ILedger.OwnersAsync), nameof(ILedger.CouponsAsync), nameof(ILedger.CountWrongNumbersAsync),
                    nameof(ILedger.CountWrongRedemptionsAsync),
                });
            await coupon.Probe.ClaimAsync($"a{++moves}", $"b{moves}", $"c{moves}");
            Assert.True(await coupon.DrainAsync());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_running_sale_never_differs(bool rebuilds)
    {
        var coupon = await LedgeredCoupon.SellAsync(site, ledgerSite.Ledger, Amount, [], []);
        var batches = new Queue<string[]>(LedgerBatches.Users(Amount + 50).Chunk(5));
        using var looking = new SemaphoreSlim(0);
        var (selling, rebuilding) = (SellAsync(), Task.CompletedTask);
        var draining = Task.WhenAll(DrainAsync(), DrainAsync());

        var seen = new List<AuditVerdict>();
        var auditor = new Auditor(site.Server, ledgerSite.Ledger, TimeProvider.System);
        while (!selling.IsCompleted || !draining.IsCompleted || !rebuilding.IsCompleted)
        {
            if (rebuilds && seen.Count % 5 == 4 && !selling.IsCompleted && rebuilding.IsCompleted)
                rebuilding = RebuildAsync();
            looking.Release();
            var audit = seen.Count % 3 == 0
                ? (await auditor.PageAsync(long.MaxValue, deep: false, TimeSpan.MaxValue)).Audits.Single(one => one.Coupon == coupon.Row.Id)
                : await auditor.AuditAsync(coupon.Row.Id, deep: true);
            Assert.False(audit.Verdict == AuditVerdict.Differs, string.Join(' ', audit.Words()));
            seen.Add(audit.Verdict);
        }
        await Task.WhenAll(selling, draining, rebuilding);

        Assert.Contains(AuditVerdict.Draining, seen);
        var last = await auditor.AuditAsync(coupon.Row.Id, deep: true);
        Assert.Equal((AuditVerdict.Agrees, (long)Amount), (last.Verdict, last.Ledger!.Claims));

        // Some batches during each audit.
        async Task SellAsync()
        {
            while (batches.Count > 0)
            {
                await looking.WaitAsync();
                for (var i = 0; i < 4 && batches.TryDequeue(out var batch); i++)
                {
                    while ((await coupon.Probe.Stock.ClaimAsync(batch)).State != StockState.Verified)
                    {
                    }
                }
            }
        }

        async Task DrainAsync()
        {
            var drain = new OutboxRelay(
                site.Server, ledgerSite.Ledger, async batch => (await ledgerSite.Ledger.DrainAsync([batch]))[0], coupon.Row.Id, sale: null, NullLogger<OutboxRelay>.Instance);
            bool isOver;
            do
                isOver = selling.IsCompleted && rebuilding.IsCompleted;
            while (await drain.StepAsync() != RelayStep.Done || !isOver);
        }

        async Task RebuildAsync()
        {
            do
            {
                try
                {
                    await coupon.ReconcileAsync();
                }
                catch (UnavailableException)
                {
                    // A relay under way has moved the outbox during the read.
                }
            }
            while (await coupon.Probe.StateAsync() != StockState.Verified);
        }
    }
}

public sealed class AuditDuringASaleInTheCluster(RedisSite site, MySqlSite ledger)
    : AuditDuringASaleTests(site, ledger), IClassFixture<RedisSite>, IClassFixture<MySqlSite>;

public sealed class AuditDuringASaleEmbedded(GarnetSite site, SqliteSite ledger)
    : AuditDuringASaleTests(site, ledger), IClassFixture<GarnetSite>, IClassFixture<SqliteSite>;
