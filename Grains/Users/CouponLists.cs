using Microsoft.Extensions.Caching.Memory;
using SecKill.Grains.Coupons;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Batching;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Users;

/// <summary>
/// Reads pages of users' coupons: from Redis, which is fresh; from SQL only to rebuild what Redis has lost. What is asked at
/// the same time goes to Redis as one script call, and to SQL as one query.
/// </summary>
public sealed class CouponLists : IDisposable
{
    // After Redis was replaced every list must be rebuilt once, and everybody comes at once.
    private const int MaxRebuildsAtOnce = 500;
    private const int MaxWaitingRebuilds = 20_000;

    private readonly StockServer _server;
    private readonly ILedger _ledger;
    private readonly IGrainFactory _grains;
    private readonly NaturalBatcher<(ListPart Part, UserKind Kind), CouponId[]?> _rebuilds;

    // What a seller fixed never changes, so any age will do; the bounds are for the memory (some 50 MB, and some 10).
    private readonly MemoryCache _terms = new(new MemoryCacheOptions { SizeLimit = 100_000 });
    private readonly MemoryCache _pages = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>Made once a silo.</summary>
    public CouponLists(StockServer server, ILedger ledger, IGrainFactory grains)
    {
        (_server, _ledger, _grains) = (server, ledger, grains);
        _rebuilds = new NaturalBatcher<(ListPart, UserKind), CouponId[]?>(RebuildAsync, MaxRebuildsAtOnce, MaxWaitingRebuilds, name: "lists rebuilt");
    }

    /// <summary>A page of the coupons a seller created, with what is left of each.</summary>
    /// <param name="seller">User name.</param>
    /// <param name="page">1 for the first.</param>
    /// <exception cref="UnavailableException">Redis (or SQL, to rebuild) does not answer.</exception>
    public async Task<CouponView[]> CreatedByAsync(string seller, int page)
    {
        // The coupons that stood on this page last are read along with the page itself, in the hope that it still has them:
        // one round-trip instead of two. Both begin now, so both are fresh.
        var expected = _pages.Get<CouponId[]>((seller, page)) ?? [];
        var readings = expected.ToDictionary(id => id, ReadAsync);
        var ids = await ReadAsync(seller, UserKind.Seller, page);
        if (!ids.AsSpan().SequenceEqual(expected))
            _pages.Set((seller, page), ids, new MemoryCacheEntryOptions { Size = 1 });
        return await Task.WhenAll(ids.Select(async id =>
        {
            var reading = await TrustedAsync(id, readings.TryGetValue(id, out var begun) ? begun : ReadAsync(id));
            return new CouponView(id.Name, reading.Terms!, reading.Left);
        }));
    }

    /// <summary>A page of the coupons a customer owns.</summary>
    /// <inheritdoc cref="CreatedByAsync"/>
    public async Task<CouponView[]> OwnedByAsync(string customer, int page)
    {
        var ids = await ReadAsync(customer, UserKind.Customer, page);
        return await Task.WhenAll(ids.Select(async id => new CouponView(id.Name, await TermsAsync(id), null, id.Seller)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terms.Dispose();
        _pages.Dispose();
    }

    private async Task<CouponId[]> ReadAsync(string user, UserKind kind, int page)
    {
        var part = new ListPart(user, (page - 1L) * CouponPage.Size, CouponPage.Size);
        return await _server.Lists.ReadAsync(part)
            ?? await _rebuilds.Add((part, kind))
            ?? throw new UnavailableException("The list could not be rebuilt.");
    }

    private async Task<IReadOnlyList<CouponId[]?>> RebuildAsync(IReadOnlyList<(ListPart Part, UserKind Kind)> lists)
    {
        var users = lists.Select(list => (list.Kind, list.Part.User)).Distinct().ToLookup(list => list.Kind, list => list.User);
        return await _server.Lists.RebuildAsync([.. lists.Select(list => list.Part)], async () =>
        {
            var created = users.Contains(UserKind.Seller) ? await _ledger.CouponsOfAsync([.. users[UserKind.Seller]]) : [];
            var owned = users.Contains(UserKind.Customer) ? await _ledger.ClaimsOfAsync([.. users[UserKind.Customer]]) : [];
            return [.. created.Select(Reconciler.SellersEntry), .. owned.Select(claim => new ListEntry(claim.User, claim.Coupon, claim.Micros))];
        });
    }

    private Task<StockReading> ReadAsync(CouponId id) => CouponStock.ReadAsync(_server, id);

    private async Task<StockReading> TrustedAsync(CouponId id, Task<StockReading> begun)
    {
        var reading = await begun;
        if (reading.State == StockState.Trusted)
            return reading;
        await _grains.GetGrain<ICouponGrain>(id.Key).EnsureTrusted();
        // Trusted by the grain's silo, stale by ours: then we are the ones who know an old incarnation.
        await _server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
        reading = await ReadAsync(id);
        return reading.State == StockState.Trusted
            ? reading
            : throw new UnavailableException($"The stock of {id.Key} is {reading.State}.");
    }

    private async Task<CouponTerms> TermsAsync(CouponId id)
    {
        if (_terms.TryGetValue(id, out CouponTerms? terms))
            return terms!;
        terms = (await TrustedAsync(id, ReadAsync(id))).Terms!;
        return _terms.Set(id, terms, new MemoryCacheEntryOptions { Size = 1 });
    }
}
