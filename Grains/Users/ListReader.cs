using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Grains.Users;

/// <inheritdoc cref="IListReader"/>
/// <remarks>Stateless: it runs on whichever silo the gateway's call arrives at.</remarks>
[StatelessWorker(1)]
public sealed partial class ListReader(CouponLists lists, ILogger<ListReader> logger) : Grain, IListReader
{
    /// <inheritdoc/>
    public Task<CouponPage[]> Read(ListQuery[] queries) => Task.WhenAll(queries.Select(ReadAsync));

    private async Task<CouponPage> ReadAsync(ListQuery query)
    {
        try
        {
            return new CouponPage(query.Kind == UserKind.Seller
                ? await lists.CreatedByAsync(query.User, query.Page)
                : await lists.OwnedByAsync(query.User, query.Page));
        }
        // Whatever it was: it is this page's alone.
        catch (Exception fault) when (fault is UnavailableException or TimeoutException or OrleansException)
        {
            LogNotRead(fault.Message);
            return new CouponPage([], fault.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A list could not be read. {Reason}")]
    private partial void LogNotRead(string reason);
}
