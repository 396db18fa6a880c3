using SecKill.Grains.Claims;

namespace SecKill.Tests.Integration.Stock;

/// <summary>The names of owners and returned, as they are scanned for a filter while the coupon sells; and the filter that comes of it.</summary>
public abstract class OwnerNamesTests(StockSite site)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task They_are_those_of_owners_and_returned_and_none_are_given_of_stock_that_is_not_as_it_should_be()
    {
        var coupon = await StockProbe.OpenAsync(site, 2);
        await coupon.ClaimAsync("anna", "bert");
        await site.Database.HashSetAsync(coupon.Hash, [new("version", 0), new("left", 1), new("returns", 1)]);
        await site.Database.SetMoveAsync(coupon.Owners, coupon.Returned, "anna");

        Assert.Equal(["anna", "bert"], (await NamesAsync(coupon, 2)).Order());
        await Assert.ThrowsAsync<UnavailableException>(() => NamesAsync(coupon, 3));
        await Assert.ThrowsAsync<UnavailableException>(() => NamesAsync(coupon, 2, epoch: 1));
        await site.Database.SetAddAsync(coupon.Owners, "carl");
        await Assert.ThrowsAsync<UnavailableException>(() => NamesAsync(coupon, 2));
    }

    [Fact]
    public async Task Winners_while_they_are_scanned_cost_none_of_the_names_of_before()
    {
        var coupon = await StockProbe.OpenAsync(site, 9_000);
        await SellAsync(coupon, 0, 5_000);
        var (names, won) = (new HashSet<string>(), 5_000);

        await foreach (var name in coupon.Stock.NamesAsync(new FilterStamp(0, 5_000)))
        {
            names.Add(Encoding.UTF8.GetString(name.Span));
            if (names.Count % 500 == 0 && won < 9_000)
                won += await SellAsync(coupon, won, 200);
        }

        Assert.True(won > 5_000);
        Assert.Subset(names, Customers(5_000));
        Assert.Subset(Customers(won), names);
    }

    [Fact]
    public async Task Names_of_stock_that_is_lost_meanwhile_are_of_no_use()
    {
        var coupon = await StockProbe.OpenAsync(site, 5_001);
        await SellAsync(coupon, 0, 5_000);

        await Assert.ThrowsAsync<UnavailableException>(() => NamesAsync(coupon, 5_000, meanwhile: () => site.Database.KeyDeleteAsync(coupon.Hash)));
    }

    [Fact]
    public async Task Returns_while_they_are_scanned_hide_no_name_or_the_names_are_of_no_use()
    {
        var coupon = await StockProbe.OpenAsync(site, 6_000);
        await site.Database.HashSetAsync(coupon.Hash, [new("version", 0), new("returns", 1)]);
        await SellAsync(coupon, 0, 5_000);

        var scanning = NamesAsync(coupon, 5_000, meanwhile: async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await site.Database.SetMoveAsync(coupon.Owners, coupon.Returned, $"customer-{i}");
                await site.Database.HashIncrementAsync(coupon.Hash, "left");
            }
            await SellAsync(coupon, 5_000, 100);
        });

        // On Redis they can hide none.
        if (await Record.ExceptionAsync(() => scanning) is { } fault)
            Assert.Equal((typeof(UnavailableException), typeof(GarnetSite)), (fault.GetType(), site.GetType()));
        else
            Assert.Subset((await scanning).ToHashSet(), Customers(5_000));
        Assert.Equal(5_100, (await NamesAsync(coupon, 5_100)).Count);
    }

    [Fact]
    public async Task A_coupon_that_two_gateways_sell_out_has_a_filter_at_its_first_refusal_and_refuses_no_owner()
    {
        const int Units = 20_000;
        var coupon = await StockProbe.OpenAsync(site, Units);
        var (gate, scans) = (new Lock(), 0);
        var leases = new RefusalLeases(TimeSpan.FromMinutes(5), TimeProvider.System, ScanAsync, gate);

        await BothAsync(left => left > 1_500);
        await Eventually.EqualAsync("the names are scanned", true, () => Task.FromResult(leases.HasFilter), _limit);
        await BothAsync(left => left > 0);

        var lease = leases.For(null)!;
        Assert.Equal((ClaimOutcome.SoldOut, new FilterStamp(0, Units), 1), (lease.Reason, lease.Stamp, scans));
        var owners = await coupon.OwnersAsync();
        Assert.Equal(Units, owners.Count);
        Assert.All(owners, owner => Assert.True(lease.Filter!.MayContain(owner)));
        Assert.All(owners.Chunk(100), some => Assert.Null(leases.TryRefuse(new ClaimBatch(some, null))));
        Assert.InRange(Enumerable.Range(0, 5_000).Count(i => lease.Filter!.MayContain($"stranger-{i}")), 0, 100);

        Task BothAsync(Func<int, bool> goesOn) => Task.WhenAll(Enumerable.Range(0, 2).Select(gateway => Task.Run(async () =>
        {
            for (var (left, batch) = (Units, 0); goesOn(left); batch++)
            {
                string[] users = [.. Enumerable.Range(0, 97).Select(i => $"{gateway}-{left}-{batch}-{i}")];
                var asked = TimeProvider.System.GetTimestamp();
                var decision = await coupon.Stock.ClaimAsync(users, withLists: false);
                lock (gate)
                    leases.NoteDecision(users, decision, asked);
                left = decision.Left;
            }
        })));

        IAsyncEnumerable<ReadOnlyMemory<byte>> ScanAsync(FilterStamp from)
        {
            Interlocked.Increment(ref scans);
            return coupon.Stock.NamesAsync(from);
        }
    }

    private static HashSet<string> Customers(int count) => [.. Enumerable.Range(0, count).Select(i => $"customer-{i}")];

    private static async Task<int> SellAsync(StockProbe coupon, int first, int count)
    {
        foreach (var some in Enumerable.Range(first, count).Select(i => $"customer-{i}").Chunk(500))
            Assert.DoesNotContain(ClaimOutcome.SoldOut, (await coupon.Stock.ClaimAsync(some, withLists: false)).Outcomes);
        return count;
    }

    private static async Task<List<string>> NamesAsync(StockProbe coupon, long positions, long epoch = 0, Func<Task>? meanwhile = null)
    {
        var names = new List<string>();
        await foreach (var name in coupon.Stock.NamesAsync(new FilterStamp(epoch, positions)))
        {
            names.Add(Encoding.UTF8.GetString(name.Span));
            if (names.Count == 1 && meanwhile is not null)
                await meanwhile();
        }
        return names;
    }
}

public sealed class OwnerNamesOnRedis(RedisSite site) : OwnerNamesTests(site), IClassFixture<RedisSite>;

public sealed class OwnerNamesOnGarnet(GarnetSite site) : OwnerNamesTests(site), IClassFixture<GarnetSite>;
