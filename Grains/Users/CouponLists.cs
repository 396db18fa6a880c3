using System.Threading.RateLimiting;
using Microsoft.Extensions.Caching.Memory;
using SecKill.Grains.Coupons;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Users;

/// <summary>Reads pages of users' coupons: from Redis, which is fresh; from SQL only to rebuild what Redis has lost.</summary>
public sealed class CouponLists(StockServer server, ILedger ledger, IGrainFactory grains) : IDisposable
{
    // What a seller fixed never changes, so any age will do; the bound is for the memory (some 50 MB).
    private readonly MemoryCache _terms = new(new MemoryCacheOptions { SizeLimit = 100_000 });
    private readonly UserCoupons _lists = new(server);

    // After Redis was replaced every list must be rebuilt once, by a query each: a few at a time, and not too many waiting.
    private const int RebuildsAtOnce = 8;
    private const int MaxWaitingRebuilds = 5_000;
    private readonly ConcurrencyLimiter _rebuilds =
        new(new ConcurrencyLimiterOptions { PermitLimit = RebuildsAtOnce, QueueLimit = MaxWaitingRebuilds });

    /// <summary>A page of the coupons a seller created, with what is left of each.</summary>
    /// <param name="seller">User name.</param>
    /// <param name="page">1 for the first.</param>
    /// <exception cref="UnavailableException">Redis (or SQL, to rebuild) does not answer.</exception>
    public async Task<CouponPage> CreatedByAsync(string seller, int page)
    {
        var ids = await ReadAsync(seller, page, async () =>
            [.. (await ledger.CouponsOfAsync(seller)).Select(Reconciler.SellersEntry)]);
        return new CouponPage(await Task.WhenAll(ids.Select(async id =>
        {
            var reading = await ReadTrustedAsync(id);
            return new CouponView(id.Name, reading.Terms!, reading.Left);
        })));
    }

    /// <summary>A page of the coupons a customer owns.</summary>
    /// <inheritdoc cref="CreatedByAsync"/>
    public async Task<CouponPage> OwnedByAsync(string customer, int page)
    {
        var ids = await ReadAsync(customer, page, async () =>
            [.. (await ledger.ClaimsOfAsync(customer)).Select(claim => new ListEntry(customer, claim.Coupon, claim.Micros))]);
        return new CouponPage(await Task.WhenAll(ids.Select(async id => new CouponView(id.Name, await TermsAsync(id), null))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terms.Dispose();
        _rebuilds.Dispose();
    }

    private async Task<CouponId[]> ReadAsync(string user, int page, Func<Task<IReadOnlyList<ListEntry>>> fromLedger)
    {
        var first = (page - 1L) * CouponPage.Size;
        if (await _lists.ReadAsync(user, first, CouponPage.Size) is { } ids)
            return ids;
        await RebuildAsync(user, fromLedger);
        return await _lists.ReadAsync(user, first, CouponPage.Size)
            ?? throw new UnavailableException("Redis was replaced while a list was rebuilt.");
    }

    private async Task RebuildAsync(string user, Func<Task<IReadOnlyList<ListEntry>>> fromLedger)
    {
        using var place = await _rebuilds.AcquireAsync();
        if (!place.IsAcquired)
            throw new UnavailableException($"{MaxWaitingRebuilds} lists are waiting to be rebuilt already.");
        await _lists.RebuildAsync(user, fromLedger);
    }

    private async Task<StockReading> ReadTrustedAsync(CouponId id)
    {
        var reading = await CouponStock.ReadAsync(server, id);
        if (reading.State == StockState.Trusted)
            return reading;
        await grains.GetGrain<ICouponGrain>(id.Key).EnsureTrusted();
        // Trusted by the grain's silo, stale by ours: then we are the ones who know an old incarnation.
        await server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
        reading = await CouponStock.ReadAsync(server, id);
        return reading.State == StockState.Trusted
            ? reading
            : throw new UnavailableException($"The stock of {id.Key} is {reading.State}.");
    }

    private async Task<CouponTerms> TermsAsync(CouponId id)
    {
        if (_terms.TryGetValue(id, out CouponTerms? terms))
            return terms!;
        terms = (await ReadTrustedAsync(id)).Terms!;
        return _terms.Set(id, terms, new MemoryCacheEntryOptions { Size = 1 });
    }
}
