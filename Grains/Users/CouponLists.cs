using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using SecKill.Grains.Coupons;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;
using SecKill.Grains.Ledger;
using SecKill.Grains.Stock;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Users;

/// <summary>
/// Reads pages of users' coupons: from Redis, which is fresh; from SQL only to rebuild what Redis has lost. What is asked at
/// the same time goes to Redis as one script call, and to SQL as one query.
/// </summary>
public sealed partial class CouponLists : IDisposable
{
    // After Redis was replaced every list must be rebuilt once, and everybody comes at once.
    private const int MaxRebuildsAtOnce = 500;
    private const int MaxWaitingRebuilds = 20_000;
    private const int MaxVerifiedAtOnce = 8;

    // A coupon that is being rebuilt, or whose store has a moment's trouble, is waited for; what lasts longer is a fault of its own.
    private static readonly TimeSpan _momentary = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(1);

    private readonly StockServer _server;
    private readonly ILedger _ledger;
    private readonly IGrainFactory _grains;
    private readonly ISiloStatusOracle _members;
    private readonly ILogger<CouponLists> _logger;
    private readonly NaturalBatcher<(ListPart Part, UserKind Kind), CouponId[]?> _rebuilds;

    // What a seller fixed never changes, so any age will do; the bounds are for the memory (some 50 MB, and some 10).
    private readonly MemoryCache _terms = new(new MemoryCacheOptions { SizeLimit = 100_000 });
    private readonly MemoryCache _pages = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    // Since when a coupon cannot be verified, by Stopwatch.GetTimestamp.
    private readonly MemoryCache _unverified = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>Made once a silo.</summary>
    public CouponLists(StockServer server, ILedger ledger, IGrainFactory grains, ISiloStatusOracle members, ILogger<CouponLists> logger)
    {
        (_server, _ledger, _grains, _members, _logger) = (server, ledger, grains, members, logger);
        _rebuilds = new NaturalBatcher<(ListPart, UserKind), CouponId[]?>(RebuildAsync, MaxRebuildsAtOnce, MaxWaitingRebuilds, name: "lists rebuilt");
    }

    /// <summary>
    /// A page of the coupons a seller created, with what is left of each. One whose stock cannot be verified is shown without that, or left
    /// out where the ledger does not have it: it must not hide the others.
    /// </summary>
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
        return await RowsAsync(ids, async id =>
        {
            var reading = await VerifiedAsync(id, readings.GetValueOrDefault(id));
            return (reading?.Terms ?? await TermsAsync(id)) is { } terms ? new CouponView(id.Name, terms, reading?.Left) : null;
        });
    }

    /// <summary>A page of the coupons a customer owns, but for those that the ledger does not have.</summary>
    /// <param name="customer">User name.</param>
    /// <param name="page">1 for the first.</param>
    /// <exception cref="UnavailableException">Redis (or SQL, to rebuild) does not answer.</exception>
    public async Task<CouponView[]> OwnedByAsync(string customer, int page)
    {
        var ids = await ReadAsync(customer, UserKind.Customer, page);
        return await RowsAsync(ids, async id => await TermsAsync(id) is { } terms ? new CouponView(id.Name, terms, null, id.Seller) : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terms.Dispose();
        _pages.Dispose();
        _unverified.Dispose();
    }

    private static async Task<CouponView[]> RowsAsync(CouponId[] ids, Func<CouponId, Task<CouponView?>> read) =>
        [.. (await Task.WhenAll(ids.Select(read))).OfType<CouponView>()];

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
        // Redis has lost them, or half of a claim: once the coupon is verified they are in its stock, and belong on the lists.
        var verified = await VerifyAsync(lacking.Select(entry => entry.Coupon).Distinct());
        var (again, _) = await TryRebuildAsync([.. missing.Select(i => lists[i])], [.. lacking.Where(entry => verified.Contains(entry.Coupon))]);
        for (var k = 0; k < missing.Length; k++)
            read[missing[k]] = again[k];
        return read;
    }

    /// <returns>What was read, null where a list is not complete; and the claims that silos remember.</returns>
    private async Task<(CouponId[]?[] Read, ListEntry[] Unpersisted)> TryRebuildAsync(IReadOnlyList<(ListPart Part, UserKind Kind)> lists, ListEntry[] more)
    {
        var users = lists.Select(list => (list.Kind, list.Part.User)).Distinct().ToLookup(list => list.Kind, list => list.User);
        ListEntry[] unpersisted = [];
        var read = await _server.Lists.RebuildAsync([.. lists.Select(list => list.Part)], async () =>
        {
            var created = users.Contains(UserKind.Seller) ? await _ledger.CouponsOfAsync([.. users[UserKind.Seller]]) : [];
            if (!users.Contains(UserKind.Customer))
                return new ListSources([.. created.Select(Reconciler.SellersEntry)], []);
            // Before the ledger: what is drained in between is in both, and not in neither.
            unpersisted = await UnpersistedClaims.OfAllSilosAsync(_grains, _members, [.. users[UserKind.Customer]]);
            var owned = await _ledger.ClaimsOfAsync([.. users[UserKind.Customer]]);
            return new ListSources(
                [.. created.Select(Reconciler.SellersEntry), .. owned.Select(claim => new ListEntry(claim.User, claim.Coupon, claim.Micros)), .. more], unpersisted);
        });
        return (read, unpersisted);
    }

    /// <returns>Those whose stock is verified now.</returns>
    private async Task<HashSet<CouponId>> VerifyAsync(IEnumerable<CouponId> coupons)
    {
        var verified = new ConcurrentBag<CouponId>();
        await Parallel.ForEachAsync(coupons, new ParallelOptions { MaxDegreeOfParallelism = MaxVerifiedAtOnce }, async (id, cancellation) =>
        {
            try
            {
                if (await _grains.GetGrain<ICouponGrain>(id.Key).EnsureTrusted().WaitAsync(_momentary, cancellation))
                    verified.Add(id);
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                LogUnverified(id.Key, fault.Message);
            }
        });
        return [.. verified];
    }

    private Task<StockReading> ReadAsync(CouponId id) => CouponStock.ReadAsync(_server, id);

    /// <param name="id">The coupon.</param>
    /// <param name="begun">A reading that has begun, or null.</param>
    /// <returns>Null where it has not been possible for longer than a moment.</returns>
    private async Task<StockReading?> VerifiedAsync(CouponId id, Task<StockReading>? begun)
    {
        while (true)
        {
            try
            {
                var reading = await TrustedAsync(id, begun ?? ReadAsync(id));
                _unverified.Remove(id);
                return reading;
            }
            catch (Exception fault) when (IsUnavailable(fault))
            {
                var since = _unverified.GetOrCreate(id, entry =>
                {
                    LogUnverified(id.Key, fault.Message);
                    (entry.Size, entry.SlidingExpiration) = (1, _remembered);
                    return Stopwatch.GetTimestamp();
                });
                if (Stopwatch.GetElapsedTime(since) > _momentary)
                    return null;
                begun = null;
                await Task.Delay(_pause);
            }
        }
    }

    private static bool IsUnavailable(Exception fault) => fault is UnavailableException or TimeoutException or OrleansException;

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

    /// <summary>What the seller fixed: it never changes, so the ledger's word is as good as that of verified stock.</summary>
    /// <returns>Null where there is no such coupon.</returns>
    /// <exception cref="UnavailableException">It is not known.</exception>
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
            // A key of another type, for one.
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Coupon {Coupon}: its stock cannot be verified, so lists show it without what is left, or not yet. {Reason}")]
    private partial void LogUnverified(string coupon, string reason);
}
