using SecKill.Gateway.Hosting;
using SecKill.Grains.Interfaces.Lists;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Gateway.Lists;

/// <summary>
/// Reads lists in batches: one call for all users and pages, each page read and serialized once. A request joins the next call, never
/// one under way, so its answer is as fresh as that of its own call.
/// </summary>
internal sealed class ListCalls
{
    /// <summary>The calls that may be under way, so that a slow one does not delay all. Lists are spread over them by user.</summary>
    private const int Concurrency = 4;

    private const int MaxQueries = 1_024;
    private const int MaxWaiting = 20_000;

    private readonly NaturalBatcher<ListQuery, ListResult>[] _batchers;

    public ListCalls(IGrainFactory grains) => _batchers =
    [
        .. Enumerable.Range(0, Concurrency).Select(i => new NaturalBatcher<ListQuery, ListResult>(
            queries => ReadAsync(grains.GetGrain<IListGrain>(i), queries), MaxQueries, MaxWaiting / Concurrency, name: "lists call")),
    ];

    /// <summary>Reads a page.</summary>
    /// <returns>The answer's JSON; null if the page is empty.</returns>
    /// <exception cref="UnavailableException">It could not be read, or too many requests wait.</exception>
    public async Task<byte[]?> ReadAsync(ListQuery query)
    {
        var result = await Add(_batchers[(uint)string.GetHashCode(query.User, StringComparison.Ordinal) % Concurrency], query);
        return result.Fault is { } fault ? throw new UnavailableException(fault) : result.Json;
    }

    private static Task<ListResult> Add(NaturalBatcher<ListQuery, ListResult> batcher, ListQuery query)
    {
        try
        {
            return batcher.Add(query);
        }
        catch (UnavailableException)
        {
            GatewayMetrics.Rejected.Add(GatewayLimit.ListsWaiting);
            throw;
        }
    }

    private static async Task<IReadOnlyList<ListResult>> ReadAsync(IListGrain lists, IReadOnlyList<ListQuery> queries)
    {
        var indexes = new Dictionary<ListQuery, int>(queries.Count);
        foreach (var query in queries)
            indexes.TryAdd(query, indexes.Count);
        var results = Array.ConvertAll(await CallAsync(lists, [.. indexes.Keys]), Result);
        return queries.Count == results.Length ? results : [.. queries.Select(query => results[indexes[query]])];
    }

    private static async Task<CouponPage[]> CallAsync(IListGrain lists, ListQuery[] queries)
    {
        try
        {
            return await lists.Read(queries);
        }
        catch (CallLostException)
        {
            // A read may be repeated.
            return await lists.Read(queries);
        }
    }

    private static ListResult Result(CouponPage page) => page.Fault is not null || page.Coupons.Length == 0
        ? new ListResult(null, page.Fault)
        : new ListResult(JsonSerializer.SerializeToUtf8Bytes(new ListAnswer("", page.Coupons), AnswerJson.Options), null);

    private readonly record struct ListResult(byte[]? Json, string? Fault);
}
