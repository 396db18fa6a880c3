using SecKill.Tests.Deployments;
using Xunit;

namespace SecKill.Tests.Guarantees;

/// <summary>Oversell: Redis loses everything, which nobody promises to survive whole, but nothing may be sold twice for it.</summary>
public sealed class RedisLossTests : IAsyncLifetime
{
    private static readonly TimeSpan _drained = TimeSpan.FromSeconds(90);
    // Its own cluster: what else Redis holds (members, reminders, log-outs) is lost too.
    private readonly ClusterDeployment _cluster = new();
    private Sale _sale = null!;

    public async ValueTask InitializeAsync()
    {
        await _cluster.StartAsync();
        _sale = new Sale(_cluster);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_redis_wiped_after_all_was_drained_is_rebuilt_from_the_ledger_before_it_sells()
    {
        await _sale.OpenAsync(coupons: 5, amount: 100);
        await _sale.RushAsync(60);
        await _sale.CheckAsync(_drained);

        await FlushAsync();

        // The first to ask are those who own a piece: they must be told so, and find it on their lists.
        await _sale.CheckAsync(_drained);
        await _sale.RushAsync(60);
        await _sale.CheckAsync(_drained);
        Assert.Equal(5 * 100, _sale.Coupons.Sum(coupon => _sale.OwnersOf(coupon).Count));
    }

    [Fact]
    public async Task A_redis_wiped_in_the_middle_of_a_sale_never_sells_more_than_there_is()
    {
        await _sale.OpenAsync(coupons: 5, amount: 100);
        var rush = _sale.RushAsync(90);
        await _sale.WinsReachAsync(150);
        await FlushAsync();
        _sale.CallOff();
        await rush;

        // From here on every promise is kept: what the ledger holds and what is won now is within the amount, together.
        var before = await LedgerAsync();
        var afterwards = new Sale(_cluster);
        afterwards.Reopen(_sale.Coupons);
        await afterwards.RushAsync(130);
        foreach (var coupon in _sale.Coupons)
        {
            var owners = before.Where(row => row.Coupon == coupon.Name).Select(row => row.Username).ToHashSet();
            Assert.InRange(owners.Count + afterwards.OwnersOf(coupon).Count, 0, coupon.Amount);
            await Eventually.HoldsAsync(
                $"{coupon.Name} is sold out in the ledger, exactly", "0 left, as many claims as pieces",
                async () => (await _cluster.LedgerLeftAsync(coupon.Seller, coupon.Name), (await LedgerAsync()).Count(row => row.Coupon == coupon.Name)),
                seen => seen == (0, coupon.Amount), _drained);
        }
        afterwards.CheckAnswers();
    }

    private async Task<IReadOnlyList<(string Seller, string Coupon, string Username)>> LedgerAsync() =>
        [.. (await _cluster.LedgerClaimsAsync()).Where(row => _sale.Coupons.Any(coupon => coupon.Name == row.Coupon))];

    private async Task FlushAsync()
    {
        var server = _cluster.Redis!.GetServers().Single();
        await server.FlushAllDatabasesAsync();
    }
}
