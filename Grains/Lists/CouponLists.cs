using Microsoft.Extensions.Caching.Memory;
using SecKill.Grains.Interfaces.Lists;
using SecKill.Grains.Interfaces.Users;
using SecKill.ServiceDefaults.Batching;
using SecKill.ServiceDefaults.Stops;

namespace SecKill.Grains.Lists;

/// <summary>
/// Reads pages of users' coupons: from Redis, which is fresh; from SQL only to rebuild what Redis has lost. Concurrent reads go to Redis as
/// one script call, and to SQL as one query.
/// </summary>
internal sealed partial class CouponLists : IDisposable
{
    // After Redis was replaced all lists must be rebuilt, and all users come at once.
    private const int MaxRebuildsAtOnce = 500;
    private const int MaxWaitingRebuilds = 20_000;

    private readonly StockServer _server;
    private readonly ILedger _ledger;
    private readonly IGrainFactory _grains;
    private readonly KnownStops _stops;
    private readonly ISiloStatusOracle _members;
    private readonly TimeProvider _time;
    private readonly ILogger<CouponLists> _logger;
    private readonly CouponRows _rows;
    private readonly NaturalBatcher<(ListPart Part, UserKind Kind), CouponId[]?> _rebuilds;

    // By seller and page what it last showed; some 10 MB.
    private readonly MemoryCache _pages = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    public CouponLists(StockServer server, ILedger ledger, IGrainFactory grains, KnownStops stops, ISiloStatusOracle members, TimeProvider time, ILogger<CouponLists> logger)
    {
        (_server, _ledger, _grains, _stops, _members, _time, _logger) = (server, ledger, grains, stops, members, time, logger);
        _rows = new CouponRows(server, ledger, grains, time, logger);
        _rebuilds = new NaturalBatcher<(ListPart, UserKind), CouponId[]?>(RebuildAsync, MaxRebuildsAtOnce, MaxWaitingRebuilds, name: "lists rebuilt");
    }

    /// <summary>Reads a page. Does not throw if a store is down; the page then has a fault.</summary>
    public async Task<CouponPage> ReadAsync(ListQuery query)
    {
        try
        {
            return new CouponPage(query.Kind == UserKind.Seller
                ? await CreatedByAsync(query.User, query.Page)
                : await _rows.OfCustomerAsync(await ReadAsync(query.User, UserKind.Customer, query.Page), query.WithSeller));
        }
        catch (Exception fault) when (CouponRows.IsUnavailable(fault))
        {
            LogNotRead(fault);
            return new CouponPage([], fault.Message);
        }
    }

    public void Dispose()
    {
        _pages.Dispose();
        _rows.Dispose();
    }

    private async Task<CouponItem[]> CreatedByAsync(string seller, int page)
    {
        // The stock of the coupons that were on this page last is read along with the page, which probably still has them:
        // one round-trip instead of two. Both reads begin now, so both are fresh.
        var expected = _pages.Get<CouponId[]>((seller, page)) ?? [];
        var stocks = expected.ToDictionary(id => id, id => CouponStock.ReadAsync(_server, id));
        var ids = await ReadAsync(seller, UserKind.Seller, page);
        if (!ids.AsSpan().SequenceEqual(expected))
            _pages.Set((seller, page), ids, new MemoryCacheEntryOptions { Size = 1 });
        return await _rows.OfSellerAsync(ids, stocks);
    }

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
        var verified = await _rows.VerifyAsync(lacking.Select(entry => entry.Coupon).Distinct());
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
                return new ListSources([.. created.Select(ListEntry.OfSeller)], []);
            // Before the ledger: a claim that is persisted in between is in both, and not in neither.
            unpersisted = await UnpersistedClaimsGrain.OfAllSilosAsync(_grains, _members, [.. users[UserKind.Customer]]);
            var owned = await _ledger.ClaimsOfAsync([.. users[UserKind.Customer]]);
            return new ListSources(
                [.. created.Select(ListEntry.OfSeller), .. owned.Select(ListEntry.OfClaim), .. more], unpersisted);
        });
        return (read, unpersisted);
    }

    [LoggerMessage(EventIds.ListNotRead, LogLevel.Warning, "A list could not be read.")]
    private partial void LogNotRead(Exception fault);
}
