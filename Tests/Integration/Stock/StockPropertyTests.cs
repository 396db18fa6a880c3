using CsCheck;

namespace SecKill.Tests.Integration.Stock;

/// <summary>Random histories of one coupon; a failure prints the shortest one found and its seed.</summary>
public abstract class StockPropertyTests(StockSite site)
{
    private static readonly Gen<int> _amount = Gen.Int[1, 20];

    // Every other coupon has none.
    private static readonly Gen<int> _waitlist = Gen.Int[-6, 6].Select(waitlist => Math.Max(0, waitlist));

    [Fact]
    public async Task Claims_and_drains_do_to_the_keys_what_the_model_says()
    {
        await Gen.Select(_amount, _waitlist, StockStep.Healthy).SampleAsync(async (amount, waitlist, steps) =>
        {
            var run = new StockRun(site, await StockProbe.OpenAsync(site, amount, waitlist: waitlist), amount, waitlist);
            foreach (var step in steps)
                await run.StepAsync(step);
            Assert.Equal(StockState.Verified, run.Model.State);
        }, iter: 150, threads: 1);
    }

    [Fact]
    public async Task Damage_is_noticed_and_reconciling_is_exclusive_as_the_model_says()
    {
        await Gen.Select(_amount, _waitlist, StockStep.Damaged).SampleAsync(async (amount, waitlist, steps) =>
        {
            var run = new StockRun(site, await StockProbe.OpenAsync(site, amount, waitlist: waitlist), amount, waitlist);
            foreach (var step in steps)
                await run.StepAsync(step);
        }, iter: 250, threads: 1);
    }

    [Fact]
    public async Task Of_a_batch_the_first_to_arrive_win_and_nobody_twice()
    {
        await Gen.Select(Gen.Int[1, 1200], Gen.Int[0, 1500].Array[1, 1000]).SampleAsync(async (amount, numbers) =>
        {
            var coupon = await StockProbe.OpenAsync(site, amount);
            var users = Array.ConvertAll(numbers, number => $"u{number}");

            var outcomes = await coupon.ClaimAsync(users);

            string[] expected = [.. users.Distinct().Take(amount)];
            Assert.Equal(expected, users.Where((_, i) => outcomes[i] == ClaimOutcome.Claimed));
            Assert.Equal(expected, await coupon.QueueAsync());
            Assert.Equal(expected.Order(), (await coupon.OwnersAsync()).Order());
        }, iter: 30, threads: 1);
    }

    [Fact]
    public async Task Connections_that_claim_in_parallel_never_oversell_and_queue_each_winner_once()
    {
        const int Amount = 150;
        const int Silos = 4;
        var coupon = await StockProbe.OpenAsync(site, Amount);
        var servers = await Task.WhenAll(Enumerable.Range(0, Silos).Select(_ => site.ConnectAsync()));
        var (drained, random) = (new List<string>(), Seeded.NewRandom());

        // Every silo asks for the same 240 customers, each in an order of its own, while one drains.
        var claims = servers.Select(async (server, silo) =>
        {
            var stock = new CouponStock(server, coupon.Id);
            string[] users = [.. Enumerable.Range(0, 240).Select(user => $"u{user}").OrderBy(_ => random.Next())];
            var won = new List<string>();
            await Parallel.ForEachAsync(users.Chunk(7 + silo), async (batch, _) =>
            {
                var decision = await stock.ClaimAsync(batch);
                Assert.Equal(StockState.Verified, decision.State);
                lock (won)
                    won.AddRange(batch.Where((_, i) => decision.Outcomes[i] == ClaimOutcome.Claimed));
            });
            return won;
        }).ToArray();
        var selling = Task.WhenAll(claims);
        while (!selling.IsCompleted || drained.Count < Amount)
        {
            var head = await coupon.Stock.PeekAsync(10);
            Assert.Equal((StockState.Verified, drained.Count), (head.State, head.Position));
            if (head.Entries.Length == 0 && selling.IsCompleted)
                break;
            if (await coupon.Stock.AcknowledgeAsync(head.Epoch, head.Position, head.Entries.Length))
                drained.AddRange(head.Entries.Select(entry => entry.User));
        }

        var winners = (await selling).SelectMany(won => won).ToList();
        foreach (var server in servers)
            await server.DisposeAsync();
        Assert.Equal(Amount, winners.Count);
        Assert.Equal(winners.Order(), winners.Distinct().Order());
        Assert.Equal(winners.Order(), drained.Order());
        Assert.Equal(winners.Order(), (await coupon.OwnersAsync()).Order());
        Assert.Equal(0, await coupon.FieldAsync("left"));
    }

    [Fact]
    public async Task Two_drainers_that_read_the_same_head_remove_it_once()
    {
        var coupon = await StockProbe.OpenAsync(site, 10);
        await coupon.ClaimAsync("a", "b", "c", "d");
        var head = await coupon.Stock.PeekAsync(2);

        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => coupon.Stock.AcknowledgeAsync(head.Epoch, head.Position, 2)));

        Assert.Single(done, removed => removed);
        Assert.Equal(["c", "d"], await coupon.QueueAsync());
    }
}

public sealed class StockPropertiesOfRedis(RedisSite site) : StockPropertyTests(site), IClassFixture<RedisSite>;

public sealed class StockPropertiesOfGarnet(GarnetSite site) : StockPropertyTests(site), IClassFixture<GarnetSite>;
