using System.Text.Json;
using SecKill.Gateway.Hosting;
using SecKill.Gateway.Http;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Gateway.Coupons;

/// <summary>
/// Reads lists for all who wait: one call for all users and pages, each page read and written as JSON once. Whoever
/// asks joins the next reading, never one that has begun, so each answer is as fresh as if it had been read for itself.
/// </summary>
internal sealed class ListReadings
{
    /// <summary>Of them one reading is under way each, so that a slow one does not hold up all. Lists are spread over them by user.</summary>
    private const int Lanes = 4;

    private const int MaxReaders = 1_024;
    private const int MaxWaiting = 20_000;

    private readonly NaturalBatcher<ListQuery, ListReading>[] _lanes;

    /// <summary>Made once a gateway.</summary>
    public ListReadings(IGrainFactory grains) => _lanes =
    [
        .. Enumerable.Range(0, Lanes).Select(lane => new NaturalBatcher<ListQuery, ListReading>(
            queries => ReadAsync(queries, pages => ReadAsync(grains.GetGrain<IListReader>(lane), pages)), MaxReaders, MaxWaiting / Lanes, name: "lists call")),
    ];

    /// <summary>Reads a page.</summary>
    /// <returns>The answer's JSON, or null where the page is empty.</returns>
    /// <exception cref="UnavailableException">It could not be read, or too many wait.</exception>
    public async Task<byte[]?> ReadAsync(ListQuery query)
    {
        var lane = (uint)string.GetHashCode(query.User, StringComparison.Ordinal) % Lanes;
        var reading = await Join(_lanes[lane], query);
        return reading.Fault is { } fault ? throw new UnavailableException(fault) : reading.Json;
    }

    private static Task<ListReading> Join(NaturalBatcher<ListQuery, ListReading> lane, ListQuery query)
    {
        try
        {
            return lane.Add(query);
        }
        catch (UnavailableException)
        {
            GatewayMetrics.Rejected.Add(GatewayLimit.ListsWaiting);
            throw;
        }
    }

    private static async Task<CouponPage[]> ReadAsync(IListReader reader, ListQuery[] pages)
    {
        try
        {
            return await reader.Read(pages);
        }
        catch (CallLostException)
        {
            // To read again changes nothing.
            return await reader.Read(pages);
        }
    }

    private static async Task<IReadOnlyList<ListReading>> ReadAsync(IReadOnlyList<ListQuery> queries, Func<ListQuery[], Task<CouponPage[]>> read)
    {
        var places = new Dictionary<ListQuery, int>(queries.Count);
        foreach (var query in queries)
            places.TryAdd(query, places.Count);
        var pages = await read([.. places.Keys]);
        var readings = places.Keys.Select((query, i) => Written(query, pages[i])).ToArray();
        return queries.Count == readings.Length ? readings : [.. queries.Select(query => readings[places[query]])];
    }

    private static ListReading Written(ListQuery query, CouponPage page)
    {
        if (page.Fault is not null || page.Coupons.Length == 0)
            return new ListReading(null, page.Fault);
        var items = Array.ConvertAll(page.Coupons, coupon => new CouponItem(
            coupon.Name, coupon.Terms.Stock, coupon.Terms.Description, query.Kind == UserKind.Seller ? coupon.Terms.Amount : null, coupon.Left,
            query.WithSeller ? coupon.Seller : null));
        return new ListReading(JsonSerializer.SerializeToUtf8Bytes(new ListAnswer("", items), AnswerJson.Plain.ListAnswer), null);
    }

    private readonly record struct ListReading(byte[]? Json, string? Fault);
}
