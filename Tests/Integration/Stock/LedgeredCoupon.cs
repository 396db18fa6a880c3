using Microsoft.Extensions.Logging;
using SecKill.Grains.Recovery;

namespace SecKill.Tests.Integration.Stock;

/// <summary>A coupon in Redis and in the ledger, and what a grain does between the two.</summary>
internal sealed class LedgeredCoupon
{
    private readonly StockSite _site;
    private readonly ILedger _ledger;

    private LedgeredCoupon(StockSite site, ILedger ledger, LedgerCoupon row)
    {
        (_site, _ledger, Row) = (site, ledger, row);
        Probe = new StockProbe(site, row.Id);
    }

    public LedgerCoupon Row { get; }

    public StockProbe Probe { get; }

    public int Amount => Row.Terms.Amount;

    /// <summary>On sale, with some claims persisted and some in the outbox.</summary>
    public static async Task<LedgeredCoupon> SellAsync(StockSite site, ILedger ledger, int amount, string[] drained, string[] waiting)
    {
        var coupon = new LedgeredCoupon(site, ledger, await ledger.CreateAsync(amount));
        Assert.True(await coupon.Probe.Stock.OpenNewAsync(await coupon.Probe.Stock.CurrentScriptsAsync(), coupon.Row));
        if (drained.Length > 0)
            await coupon.Probe.ClaimAsync(drained);
        while (await coupon.DrainAsync())
        {
        }
        if (waiting.Length > 0)
            await coupon.Probe.ClaimAsync(waiting);
        return coupon;
    }

    /// <param name="ledger">Overrides the site's.</param>
    /// <param name="server">Overrides the site's.</param>
    /// <param name="remembered">The activation's unpersisted claims.</param>
    public Task<bool> ReconcileAsync(ILedger? ledger = null, StockServer? server = null, params OutboxEntry[] remembered) =>
        ReconcileAsync(NullLogger<Reconciler>.Instance, ledger, server, remembered);

    public async Task<bool> ReconcileAsync(ILogger<Reconciler> logger, ILedger? ledger = null, StockServer? server = null, params OutboxEntry[] remembered)
    {
        server ??= _site.Server;
        // As the grain does: read first, which reloads missing scripts, then reconcile.
        await CouponStock.ReadAsync(server, Row.Id);
        return await new Reconciler(server, ledger ?? _ledger, Row.Id, remembered, TimeProvider.System, logger).RunAsync() is not null;
    }

    /// <summary>Drains once, as the grain does.</summary>
    /// <returns>Whether the outbox's head moved.</returns>
    public async Task<bool> DrainAsync()
    {
        var head = await Probe.Stock.PeekAsync(3);
        if (head.State != StockState.Verified || head.Entries.Length == 0)
            return false;
        var result = await _ledger.DrainAsync(head.Batch);
        var ahead = result.Committed ? head.Entries.Length : (int)Math.Min(head.Entries.Length, result.Drained - head.Position);
        return (result.Committed || result.Epoch == head.Epoch) && ahead > 0
            && await Probe.Stock.AcknowledgeAsync(head.Epoch, head.Position, ahead);
    }

    public async Task<IReadOnlyList<string>> LedgerOwnersAsync() => await _ledger.OwnerNamesAsync(Row.Key, "", 10_000);

    /// <summary>Checks the stock after reconciling, then sells the coupon out and drains its outbox.</summary>
    public async Task CheckReconciledAsync(params string[] expectedOwners)
    {
        var inLedger = await LedgerOwnersAsync();
        var left = Amount - expectedOwners.Length;
        Assert.Equal(StockState.Verified, await Probe.StateAsync());
        Assert.Equal(expectedOwners.Order(), (await Probe.OwnersAsync()).Order());
        Assert.Equal(left, await Probe.FieldAsync("left"));
        Assert.Equal(expectedOwners.Except(inLedger).Order(), (await Probe.QueueAsync()).Order());
        Assert.Equal(inLedger.Count, await Probe.FieldAsync("base"));
        Assert.False(await _site.Database.KeyExistsAsync(Probe.Next));

        Assert.Contains(Row.Id.Key, await ListOfAsync(Row.Id.Seller.Value));
        foreach (var user in await Probe.QueueAsync())
            Assert.Contains(Row.Id.Key, await ListOfAsync(user));

        await CheckSellsOutAsync(expectedOwners, left);
    }

    private async Task CheckSellsOutAsync(string[] owners, int left)
    {
        // The quiet time after a rebuild passes.
        await _site.Database.HashDeleteAsync(Probe.Hash, "from");
        string[] late = [.. Enumerable.Range(0, left + 1).Select(i => $"late-{i}")];
        var outcomes = await Probe.ClaimAsync([.. owners, .. late]);
        Assert.All(outcomes.Take(owners.Length), outcome => Assert.Equal(ClaimOutcome.AlreadyClaimed, outcome));
        Assert.Equal([.. Enumerable.Repeat(ClaimOutcome.Claimed, left), ClaimOutcome.SoldOut], outcomes.Skip(owners.Length));

        while (await DrainAsync())
        {
        }
        Assert.Empty(await Probe.QueueAsync());
        Assert.Equal(owners.Concat(late.SkipLast(1)).Order(), (await LedgerOwnersAsync()).Order());
        var row = await _ledger.FindAsync(Row.Id);
        Assert.Equal((0, (long)Amount), (row!.Left, row.Drained));
    }

    public async Task<string?[]> ListOfAsync(string user) =>
        Array.ConvertAll(await _site.Database.SortedSetRangeByRankAsync(StockKeys.CouponsOf(user)), key => (string?)key);
}
