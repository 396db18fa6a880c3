using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Feed;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Recovery;

namespace SecKill.Grains.Feed;

/// <inheritdoc cref="IFeedGrain"/>
/// <remarks>Stateless, four a silo whose reads of rows do not interleave: so many connections exports may take of the ledger.</remarks>
[StatelessWorker(4)]
internal sealed partial class FeedGrain(StockServer server, ILedger ledger, ISiloStatusOracle members, TimeProvider time, ILogger<FeedGrain> logger) : Grain, IFeedGrain
{
    // A rebuild is not waited for: the ledger alone can tell all but what is on its way.
    private static readonly TimeSpan _momentary = TimeSpan.FromSeconds(2);

    private readonly StoreReader _stores = new(server, ledger);

    public async Task<FeedHead?> Open(CouponId coupon)
    {
        if (await ledger.FindAsync(coupon) is not { } row)
            return null;
        var stock = await StockAsync(coupon, row.Key);
        return new FeedHead(new FeedId(row.Key.Id, row.Key.Identity), stock?.OutboxLength);
    }

    public async Task<FeedClaim[]> Claims(FeedQuery query) => [.. await ledger.ClaimsAfterAsync(query)];

    public async Task<FeedEvent[]> Events(FeedQuery query) => [.. await ledger.EventsAfterAsync(query)];

    public async Task<RedemptionConflict[]> Conflicts(FeedQuery query) => [.. await ledger.ConflictsAfterAsync(query)];

    public async Task<SaleReport?> Report(CouponId coupon)
    {
        if (await ledger.FindAsync(coupon) is not { } found)
            return null;
        // Redis first: a claim that is recorded in between is then in both, and not in neither.
        var snapshot = await TryAsync(coupon, () => GrainFactory.GetGrain<ICouponGrain>(coupon.Key).Watch());
        var stock = await StockAsync(coupon, found.Key);
        return await ledger.CountUpAsync(found.Key) is { } sale ? ReportOf(sale, stock, snapshot?.Claims) : null;
    }

    public async Task<CustomerClaims?> Customer(UserName customer, long after)
    {
        var queued = after == 0 ? await UnpersistedClaimsGrain.OfAllSilosAsync(GrainFactory, members, [customer.Value]) : [];
        var recorded = await ledger.ClaimsOfCustomerAsync(customer.Value, after, FeedQuery.MaxCount);
        if (after == 0 && recorded.Count == 0 && queued.Length == 0 && await GrainFactory.GetGrain<IUserGrain>(customer.Key).FindKind() != UserKind.Customer)
            return null;
        var known = recorded.Select(row => row.Claim.Coupon).ToHashSet();
        return new CustomerClaims(
            [.. recorded.Select(row => row.Claim)],
            [.. queued.Where(entry => !known.Contains(entry.Coupon)).Select(entry => new CustomerClaim(entry.Coupon, entry.Order, null))],
            recorded.Count < FeedQuery.MaxCount ? null : recorded[^1].Row,
            after == 0 ? [.. await ledger.WaitsOfCustomerAsync(customer.Value, FeedQuery.MaxCount)] : []);
    }

    /// <summary>The ledger counts units that are set aside as left; here they are apart.</summary>
    private static SaleReport ReportOf(LedgerSale sale, StockCounts? stock, ClaimCounts? answered)
    {
        var row = sale.Coupon;
        var held = stock?.Version == row.Version ? (int)Math.Min(stock.Held, row.Left) : 0;
        return new SaleReport(
            row.Terms.Amount, row.Left - held, held, row.Terms.Amount - row.Left + row.Returned, row.Returned, stock?.OutboxLength,
            stock is { OutboxLength: 0, Held: 0 } && stock.Epoch == row.Epoch && stock.Version == row.Version && stock.Base == row.Drained && stock.Returned == row.Returned
                && stock.WaitBase == stock.WaitsLogged,
            sale.FirstClaimAt, sale.LastClaimAt, sale.AmountChangedAt, answered, sale.Waiting, row.Redeemed);
    }

    /// <summary>What Redis counts of a coupon; null where it cannot tell.</summary>
    private Task<StockCounts?> StockAsync(CouponId id, LedgerKey row) => TryAsync(id, async () =>
    {
        var counts = (await _stores.StockAsync(id)).Counts;
        if (counts?.Condition != StockState.Verified)
        {
            await GrainFactory.GetGrain<ICouponGrain>(id.Key).EnsureVerified();
            // If it is verified for the grain's silo and not for this one, then this silo knows an old incarnation.
            await server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
            counts = (await _stores.StockAsync(id)).Counts;
        }
        return counts?.Condition == StockState.Verified && counts.Identity == row.Identity ? counts : null;
    });

    private async Task<T?> TryAsync<T>(CouponId id, Func<Task<T?>> read) where T : class
    {
        try
        {
            return await read().WaitAsync(_momentary, time);
        }
        catch (Exception fault) when (CouponRows.IsUnavailable(fault))
        {
            LogNotRead(fault, id.Key);
            return null;
        }
    }

    [LoggerMessage(EventIds.FeedWithoutStock, LogLevel.Warning, "Coupon {Coupon}: its stock cannot be read, so feed and report do not tell what is on its way to the ledger.")]
    private partial void LogNotRead(Exception fault, string coupon);
}
