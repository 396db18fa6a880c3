using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Lists;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Ledger;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Batching;
using SecKill.ServiceDefaults.Logs;

namespace SecKill.Grains.Lists;

/// <summary>
/// Reads pages of users' coupons: from Redis, which is fresh; from SQL only to rebuild what Redis has lost. Concurrent reads go to Redis as one
/// script call, and to SQL as one query.
/// </summary>
public sealed partial class CouponLists : IDisposable
{
    // After Redis was replaced all lists must be rebuilt, and all users come at once.
    private const int MaxRebuildsAtOnce = 500;
    private const int MaxWaitingRebuilds = 20_000;
    private const int MaxVerifiedAtOnce = 8;

    // A rebuild, or a moment's trouble of a store, is waited for; what lasts longer is a fault of that coupon.
    private static readonly TimeSpan _momentary = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(1);

    private readonly StockServer _server;
    private readonly ILedger _ledger;
    private readonly IGrainFactory _grains;
    private readonly ISiloStatusOracle _members;
    private readonly TimeProvider _clock;
    private readonly ILogger<CouponLists> _logger;
    private readonly NaturalBatcher<(ListPart Part, UserKind Kind), CouponId[]?> _rebuilds;

    // Terms never change, so they do not expire; the bounds are for the memory (some 50 MB, and some 10).
    private readonly MemoryCache _terms = new(new MemoryCacheOptions { SizeLimit = 100_000 });
    private readonly MemoryCache _pages = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    // Since when a coupon cannot be verified, by the clock's timestamp.
    private readonly MemoryCache _unverified = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>Made once a silo.</summary>
    public CouponLists(StockServer server, ILedger ledger, IGrainFactory grains, ISiloStatusOracle members, TimeProvider clock, ILogger<CouponLists> logger)
    {
        (_server, _ledger, _grains, _members, _clock, _logger) = (server, ledger, grains, members, clock, logger);
        _rebuilds = new NaturalBatcher<(ListPart, UserKind), CouponId[]?>(RebuildAsync, MaxRebuildsAtOnce, MaxWaitingRebuilds, name: "lists rebuilt");
    }

    /// <summary>Reads a page. Does not throw if a store is down; the page then has a fault.</summary>
    public async Task<CouponPage> ReadAsync(ListQuery query)
    {
        try
        {
            return new CouponPage(query.Kind == UserKind.Seller
                ? await CreatedByAsync(query.User, query.Page)
                : await OwnedByAsync(query.User, query.Page, query.WithSeller));
        }
        catch (Exception fault) when (IsUnavailable(fault))
        {
            LogNotRead(fault);
            return new CouponPage([], fault.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terms.Dispose();
        _pages.Dispose();
        _unverified.Dispose();
    }

    /// <summary>
    /// The coupons that a seller created. One whose stock cannot be verified has no <see cref="CouponItem.Left"/>, or is left out if the ledger does
    /// not have it: it must not hide the others.
    /// </summary>
    private async Task<CouponItem[]> CreatedByAsync(string seller, int page)
    {
        // The stock of the coupons that were on this page last is read along with the page, which probably still has them:
        // one round-trip instead of two. Both reads begin now, so both are fresh.
        var expected = _pages.Get<CouponId[]>((seller, page)) ?? [];
        var stocks = expected.ToDictionary(id => id, ReadAsync);
        var ids = await ReadAsync(seller, UserKind.Seller, page);
        if (!ids.AsSpan().SequenceEqual(expected))
            _pages.Set((seller, page), ids, new MemoryCacheEntryOptions { Size = 1 });
        return await RowsAsync(ids, async id =>
        {
            var stock = await VerifiedAsync(id, stocks.GetValueOrDefault(id));
            return (stock?.Terms ?? await TermsAsync(id)) is { } terms
                ? new CouponItem(id.Name.Value, terms.FaceValue, terms.Description, terms.Amount, stock?.Left)
                : null;
        });
    }

    /// <summary>The coupons that a customer owns, except those that the ledger does not have.</summary>
    private async Task<CouponItem[]> OwnedByAsync(string customer, int page, bool withSeller) =>
        await RowsAsync(await ReadAsync(customer, UserKind.Customer, page), async id => await TermsAsync(id) is { } terms
            ? new CouponItem(id.Name.Value, terms.FaceValue, terms.Description, Seller: withSeller ? id.Seller.Value : null)
            : null);

    private static async Task<CouponItem[]> RowsAsync(CouponId[] ids, Func<CouponId, Task<CouponItem?>> read) =>
        [.. (await Task.WhenAll(ids.Select(read))).OfType<CouponItem>()];

    private async Task<CouponId[]> ReadAsync(string user, UserKind kind, int page)
    {
        var part = new ListPart(user, (page - 1L) * CouponPage.Size, CouponPage.Size);
        return await _server.Lists.ReadAsync(part)
            ?? await _rebuilds.Add((part, kind))
            ?? throw new UnavailableException("The list could not be rebuilt, or lacks a claim whose coupon is not rebuilt yet.");
    }

    private async Task<IReadOnlyList<CouponId[]?>> RebuildAsync(IReadOnlyList<(ListPart Part, UserKind Kind)> lists)
    {
        var (read, unpersisted) = await TryRebuildAsync(lists, []);
        var missing = Enumerable.Range(0, lists.Count).Where(i => read[i] is null).ToArray();
        var users = missing.Select(i => lists[i].Part.User).ToHashSet();
        var lacking = unpersisted.Where(entry => users.Contains(entry.User)).ToArray();
        if (lacking.Length == 0)
            return read;
        // Redis has lost these claims, or half of one. Once their coupon is verified they are in its stock, and belong on the lists.
        var verified = await VerifyAsync(lacking.Select(entry => entry.Coupon).Distinct());
        var (again, _) = await TryRebuildAsync([.. missing.Select(i => lists[i])], [.. lacking.Where(entry => verified.Contains(entry.Coupon))]);
        for (var k = 0; k < missing.Length; k++)
            read[missing[k]] = again[k];
        return read;
    }

    /// <returns>The lists, null where one is not complete; and the claims that silos remember.</returns>
    private async Task<(CouponId[]?[] Read, ListEntry[] Unpersisted)> TryRebuildAsync(IReadOnlyList<(ListPart Part, UserKind Kind)> lists, ListEntry[] more)
    {
        var users = lists.Select(list => (list.Kind, list.Part.User)).Distinct().ToLookup(list => list.Kind, list => list.User);
        ListEntry[] unpersisted = [];
        var read = await _server.Lists.RebuildAsync([.. lists.Select(list => list.Part)], async () =>
        {
            var created = users.Contains(UserKind.Seller) ? await _ledger.CouponsOfAsync([.. users[UserKind.Seller]]) : [];
            if (!users.Contains(UserKind.Customer))
                return new ListSources([.. created.Select(Reconciler.SellersEntry)], []);
            // Before the ledger: a claim that is persisted in between is in both, and not in neither.
            unpersisted = await UnpersistedClaimsGrain.OfAllSilosAsync(_grains, _members, [.. users[UserKind.Customer]]);
            var owned = await _ledger.ClaimsOfAsync([.. users[UserKind.Customer]]);
            return new ListSources(
                [.. created.Select(Reconciler.SellersEntry), .. owned.Select(claim => new ListEntry(claim.User, claim.Coupon, claim.Micros)), .. more], unpersisted);
        });
        return (read, unpersisted);
    }

    /// <returns>The coupons whose stock is verified now.</returns>
    private async Task<HashSet<CouponId>> VerifyAsync(IEnumerable<CouponId> coupons)
    {
        var verified = new ConcurrentBag<CouponId>();
        await Parallel.ForEachAsync(coupons, new ParallelOptions { MaxDegreeOfParallelism = MaxVerifiedAtOnce }, async (id, cancellation) =>
        {
            try
            {
                if (await _grains.GetGrain<ICouponGrain>(id.Key).EnsureVerified().WaitAsync(_momentary, _clock, cancellation))
                    verified.Add(id);
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                LogUnverified(id.Key, fault);
            }
        });
        return [.. verified];
    }

    private Task<StockReading> ReadAsync(CouponId id) => CouponStock.ReadAsync(_server, id);

    /// <param name="id">The coupon.</param>
    /// <param name="begun">A read that is under way, or null.</param>
    /// <returns>Null if the stock could not be verified for longer than a moment.</returns>
    private async Task<StockReading?> VerifiedAsync(CouponId id, Task<StockReading>? begun)
    {
        while (true)
        {
            try
            {
                var reading = await ReadVerifiedAsync(id, begun ?? ReadAsync(id));
                _unverified.Remove(id);
                return reading;
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                var since = _unverified.GetOrCreate(id, entry =>
                {
                    LogUnverified(id.Key, fault);
                    (entry.Size, entry.SlidingExpiration) = (1, _remembered);
                    return _clock.GetTimestamp();
                });
                if (_clock.GetElapsedTime(since) > _momentary)
                    return null;
                begun = null;
                await Task.Delay(_pause, _clock);
            }
        }
    }

    private static bool IsUnavailable(Exception fault) => fault is UnavailableException or TimeoutException or OrleansException;

    private async Task<StockReading> ReadVerifiedAsync(CouponId id, Task<StockReading> begun)
    {
        var reading = await begun;
        if (reading.State == StockState.Verified)
            return reading;
        await _grains.GetGrain<ICouponGrain>(id.Key).EnsureVerified();
        // If it is verified for the grain's silo and stale for this one, then this silo knows an old incarnation.
        await _server.RefreshScriptsAsync(StockKeys.OfCoupon(id)[0]);
        reading = await ReadAsync(id);
        return reading.State == StockState.Verified
            ? reading
            : throw new UnavailableException($"The stock of {id.Key} is {reading.State}.");
    }

    /// <summary>The terms of a coupon. They never change, so unverified stock and the ledger are as good as verified stock.</summary>
    /// <returns>Null if there is no such coupon.</returns>
    /// <exception cref="UnavailableException">They are not known.</exception>
    private async Task<CouponTerms?> TermsAsync(CouponId id)
    {
        if (_terms.TryGetValue(id, out CouponTerms? terms))
            return terms;
        terms = await TermsInRedisAsync(id) ?? (await _ledger.FindAsync(id))?.Terms;
        return terms is null ? null : _terms.Set(id, terms, new MemoryCacheEntryOptions { Size = 1 });
    }

    private async Task<CouponTerms?> TermsInRedisAsync(CouponId id)
    {
        try
        {
            return (await ReadAsync(id)).Terms;
        }
        catch (UnavailableException)
        {
            // For one, a key of another type.
            return null;
        }
    }

    [LoggerMessage(EventIds.ListNotRead, LogLevel.Warning, "A list could not be read.")]
    private partial void LogNotRead(Exception fault);

    [LoggerMessage(EventIds.ListedCouponUnverified, LogLevel.Warning, "Coupon {Coupon}: its stock cannot be verified, so lists show it without what is left, or not yet.")]
    private partial void LogUnverified(string coupon, Exception fault);
}
