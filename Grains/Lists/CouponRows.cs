using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Grains.Lists;

/// <summary>
/// What lists show of each coupon: face value and text, which never change, and to sellers the amount and the units left, for which the stock
/// must be verified; until it is, the amount is the last that this silo knows. A coupon that neither Redis nor the ledger knows has no row.
/// </summary>
internal sealed partial class CouponRows(StockServer server, ILedger ledger, IGrainFactory grains, TimeProvider time, ILogger logger) : IDisposable
{
    private const int MaxVerifiedAtOnce = 8;

    // A rebuild, or a moment's trouble of a store, is waited for; what lasts longer is a fault of that coupon.
    private static readonly TimeSpan _momentary = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(1);

    // They do not expire; the bound is for the memory, some 50 MB.
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    // Since when a coupon cannot be verified, by the clock's timestamp.
    private readonly MemoryCache _unverified = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    public static bool IsUnavailable(Exception fault) => fault is UnavailableException or TimeoutException or OrleansException;

    /// <summary>
    /// The rows of a seller's list. A coupon whose stock cannot be verified has no <see cref="CouponItem.Left"/>: it must not hide the others.
    /// </summary>
    /// <param name="ids">The coupons.</param>
    /// <param name="begun">Reads of their stock that are under way.</param>
    public Task<CouponItem[]> OfSellerAsync(CouponId[] ids, Dictionary<CouponId, Task<StockReading>> begun) => RowsAsync(ids, async id =>
    {
        if (await VerifiedAsync(id, begun.GetValueOrDefault(id)) is { Terms: { } verified, Left: var left })
        {
            if (_known.TryGetValue(id, out CouponTerms? known) && known!.Amount != verified.Amount)
                Remember(id, verified);
            return new CouponItem(id.Name.Value, verified.FaceValue, verified.Description, verified.Amount, left);
        }
        return await KnownAsync(id) is { } terms ? new CouponItem(id.Name.Value, terms.FaceValue, terms.Description, terms.Amount) : null;
    });

    /// <summary>The rows of a customer's list.</summary>
    public Task<CouponItem[]> OfCustomerAsync(CouponId[] ids, bool withSeller) => RowsAsync(ids, async id => await KnownAsync(id) is { } terms
        ? new CouponItem(id.Name.Value, terms.FaceValue, terms.Description, Seller: withSeller ? id.Seller.Value : null)
        : null);

    /// <returns>The coupons whose stock is verified now.</returns>
    public async Task<HashSet<CouponId>> VerifyAsync(IEnumerable<CouponId> coupons)
    {
        var verified = new ConcurrentBag<CouponId>();
        await Parallel.ForEachAsync(coupons, new ParallelOptions { MaxDegreeOfParallelism = MaxVerifiedAtOnce }, async (id, cancellation) =>
        {
            try
            {
                if (await grains.GetGrain<ICouponGrain>(id.Key).EnsureVerified().WaitAsync(_momentary, time, cancellation))
                    verified.Add(id);
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                LogUnverified(fault, id.Key);
            }
        });
        return [.. verified];
    }

    public void Dispose()
    {
        _known.Dispose();
        _unverified.Dispose();
    }

    private static async Task<CouponItem[]> RowsAsync(CouponId[] ids, Func<CouponId, Task<CouponItem?>> read) =>
        [.. (await Task.WhenAll(ids.Select(read))).OfType<CouponItem>()];

    /// <returns>Null if the stock could not be verified for longer than a moment.</returns>
    private async Task<StockReading?> VerifiedAsync(CouponId id, Task<StockReading>? begun)
    {
        while (true)
        {
            try
            {
                var reading = await ReadVerifiedAsync(id, begun ?? CouponStock.ReadAsync(server, id));
                _unverified.Remove(id);
                return reading;
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                var since = _unverified.GetOrCreate(id, entry =>
                {
                    LogUnverified(fault, id.Key);
                    (entry.Size, entry.SlidingExpiration) = (1, _remembered);
                    return time.GetTimestamp();
                });
                if (time.GetElapsedTime(since) > _momentary)
                    return null;
                begun = null;
                await Task.Delay(_pause, time);
            }
        }
    }

    private async Task<StockReading> ReadVerifiedAsync(CouponId id, Task<StockReading> begun)
    {
        var reading = await begun;
        if (reading.State == StockState.Verified)
            return reading;
        await grains.GetGrain<ICouponGrain>(id.Key).EnsureVerified();
        // If it is verified for the grain's silo and stale for this one, then this silo knows an old incarnation.
        await server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
        reading = await CouponStock.ReadAsync(server, id);
        return reading.State == StockState.Verified
            ? reading
            : throw new UnavailableException($"The stock of {id.Key} is {reading.State}.");
    }

    /// <summary>Terms of a coupon, of which face value and text never change, so that the ledger is as good a source as Redis.</summary>
    /// <returns>Null if there is no such coupon.</returns>
    /// <exception cref="UnavailableException">They are not known.</exception>
    private async Task<CouponTerms?> KnownAsync(CouponId id)
    {
        if (_known.TryGetValue(id, out CouponTerms? known))
            return known;
        return (await TermsInRedisAsync(id) ?? (await ledger.FindAsync(id))?.Terms) is { } terms ? Remember(id, terms) : null;
    }

    private CouponTerms Remember(CouponId id, CouponTerms terms) => _known.Set(id, terms, new MemoryCacheEntryOptions { Size = 1 });

    private async Task<CouponTerms?> TermsInRedisAsync(CouponId id)
    {
        try
        {
            return (await CouponStock.ReadAsync(server, id)).Terms;
        }
        catch (UnavailableException)
        {
            // For one, a key of another type.
            return null;
        }
    }

    [LoggerMessage(EventIds.ListedCouponUnverified, LogLevel.Warning, "Coupon {Coupon}: its stock cannot be verified, so lists show it without what is left, or not yet.")]
    private partial void LogUnverified(Exception fault, string coupon);
}
