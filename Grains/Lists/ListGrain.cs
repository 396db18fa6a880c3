using Orleans.Concurrency;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Grains.Lists;

/// <inheritdoc cref="IListGrain"/>
/// <remarks>Stateless: it runs on the silo that receives the gateway's call.</remarks>
[StatelessWorker(1)]
internal sealed class ListGrain(CouponLists lists) : Grain, IListGrain
{
    public Task<CouponPage[]> Read(ListQuery[] queries) => Task.WhenAll(queries.Select(lists.ReadAsync));

    public Task<CouponsFound> Search(CouponSearch search) => lists.SearchAsync(search);
}
