namespace SecKill.Tests.Integration.Stock;

/// <summary>The bounds of a waiting list in Redis, and its names as they are scanned for a filter while the line moves.</summary>
public abstract class LineTests(StockSite site)
{
    [Fact]
    public async Task A_line_whose_log_is_not_recorded_grows_by_no_more_joins()
    {
        const int Waitlist = 500;
        var coupon = await StockProbe.OpenAsync(site, 1, waitlist: Waitlist);
        await coupon.ClaimAsync("anna");
        string[] customers = [.. Enumerable.Range(0, Waitlist).Select(i => $"w{i}")];
        // Two entries each.
        for (var round = 0; round < 11; round++)
        {
            Assert.All((await coupon.Stock.JoinAsync(customers)).Outcomes, outcome => Assert.Equal(WaitOutcome.Joined, outcome));
            Assert.All((await coupon.Stock.LeaveAsync(customers)).Outcomes, outcome => Assert.Equal(WaitOutcome.Left, outcome));
            // The quiet time of their places passes.
            await site.Database.HashDeleteAsync(coupon.Hash, "room");
        }
        Assert.Equal([WaitOutcome.Joined], (await coupon.Stock.JoinAsync(["bert"])).Outcomes);

        Assert.Equal([WaitOutcome.Undecided, WaitOutcome.AlreadyClaimed, WaitOutcome.Waiting], (await coupon.Stock.JoinAsync(["carl", "anna", "bert"])).Outcomes);

        var head = await coupon.Stock.PeekWaitlogAsync(1_000);
        Assert.True(await coupon.Stock.AcknowledgeWaitlogAsync(head.Epoch, head.Position, head.Entries.Length));
        Assert.Equal([WaitOutcome.Joined], (await coupon.Stock.JoinAsync(["carl"])).Outcomes);
    }

    [Fact]
    public async Task A_place_that_comes_free_in_a_full_line_is_not_given_before_the_last_lease_to_refuse_has_ended()
    {
        var coupon = await StockProbe.OpenAsync(site, 1, waitlist: 2);
        await coupon.ClaimAsync("anna");
        Assert.False((await coupon.Stock.JoinAsync(["bert"])).IsFull);
        Assert.True((await coupon.Stock.JoinAsync(["carl"])).IsFull);
        var told = await coupon.Stock.JoinAsync(["dora", "carl", "anna"]);
        Assert.Equal([WaitOutcome.Full, WaitOutcome.Waiting, WaitOutcome.AlreadyClaimed], told.Outcomes);
        Assert.Equal((true, new FilterStamp(0, 1, Joins: 2)), (told.IsFull, told.Stamp));

        await coupon.Stock.LeaveAsync(["bert"]);
        var until = await coupon.QuietAsync("room");
        // Far ahead, so that no machine is too slow for it.
        await site.Database.HashSetAsync(coupon.Hash, "room", $"{until.Until + 800_000}:{(char)('0' + (int)WaitOutcome.Full)}");
        var early = await coupon.Stock.JoinAsync(["dora"]);
        Assert.Equal((WaitOutcome.Full, false), (Assert.Single(early.Outcomes), early.IsFull));
        await site.Database.HashDeleteAsync(coupon.Hash, "room");

        Assert.Equal([WaitOutcome.Joined], (await coupon.Stock.JoinAsync(["dora"])).Outcomes);
        Assert.Equal((int)WaitOutcome.Full, (int)until.Word);
    }

    [Fact]
    public async Task Of_more_than_a_script_serves_the_first_are_served_and_no_claim_wins_before_the_last()
    {
        const int Waits = 1_200;
        var coupon = await StockProbe.OpenAsync(site, 1, waitlist: Waits);
        await coupon.ClaimAsync("anna");
        string[] customers = [.. Enumerable.Range(0, Waits).Select(i => $"w{i}")];
        foreach (var some in customers.Chunk(400))
            await coupon.Stock.JoinAsync(some);
        await site.Database.HashSetAsync(coupon.Hash, [new("amount", Waits + 2), new("left", Waits + 1)]);

        var claimed = await coupon.Stock.ClaimAsync(["late", "w0", "w600"]);
        Assert.Equal([ClaimOutcome.SoldOut, ClaimOutcome.AlreadyClaimed, ClaimOutcome.Waiting], claimed.Outcomes);
        Assert.Equal(customers[..512], claimed.Served);
        Assert.Equal((Waits - 512L, 600 - 512 + 1L), (claimed.Terms!.Line!.Waiting, Assert.Single(claimed.Places!)));
        // Units are left, so that no lease may be given on it.
        Assert.Null(claimed.Refusal);
        var served = await coupon.Stock.ServeAsync();
        Assert.Equal(customers[512..1_024], served.Users);
        Assert.True(served.HasMore);
        claimed = await coupon.Stock.ClaimAsync(["late", "later"]);
        Assert.Equal(customers[1_024..], claimed.Served);

        Assert.Equal([ClaimOutcome.Claimed, ClaimOutcome.SoldOut], claimed.Outcomes);
        Assert.Equal(["anna", .. customers, "late"], await coupon.QueueAsync());
        Assert.Equal((0L, 0L), ((await coupon.Stock.ReadAsync()).Waiting, await coupon.FieldAsync("left")));
    }

    [Fact]
    public async Task The_names_of_a_filter_are_those_who_own_wait_or_have_returned_also_while_more_join()
    {
        const int Waits = 2_500;
        var coupon = await StockProbe.OpenAsync(site, 3, waitlist: Waits);
        await coupon.ClaimAsync("anna", "bert", "carl");
        await site.Database.HashSetAsync(coupon.Hash, "returns", 1);
        string[] customers = [.. Enumerable.Range(0, Waits).Select(i => $"w{i}")];
        foreach (var some in customers[..2_000].Chunk(500))
            await coupon.Stock.JoinAsync(some);
        Assert.Equal(new FilterStamp(0, 3, Joins: 2_000), (await coupon.Stock.ReadAsync()).Stamp);
        await coupon.GiveBackAsync("bert");
        var names = new HashSet<string>();

        await foreach (var name in coupon.Stock.NamesAsync(new FilterStamp(0, 3, Joins: 2_000)))
        {
            names.Add(Encoding.UTF8.GetString(name.Span));
            if (names.Count == 1_000)
                await coupon.Stock.JoinAsync(customers[2_000..]);
        }

        Assert.Superset(new HashSet<string>(["anna", "bert", "carl", .. customers[..2_000]]), names);
        Assert.Subset(new HashSet<string>(["anna", "bert", "carl", .. customers]), names);
    }

    [Fact]
    public async Task A_long_line_is_not_served_faster_than_claims_are_recorded_whoever_asks()
    {
        const int Units = 4_000, Waits = 3_000;
        var coupon = await StockProbe.OpenAsync(site, 1, waitlist: Waits);
        await coupon.ClaimAsync("anna");
        foreach (var some in Enumerable.Range(0, Waits).Select(i => $"w{i}").Chunk(500))
            await coupon.Stock.JoinAsync(some);
        // A raise.
        await site.Database.HashSetAsync(coupon.Hash, [new("amount", Units), new("left", Units - 1)]);

        for (var i = 0; i < 10; i++)
            Assert.Equal([ClaimOutcome.SoldOut], (await coupon.Stock.ClaimAsync([$"late-{i}"])).Outcomes);
        Assert.True(await coupon.Stock.ServeAsync() is { Users: [], HasMore: true });

        var stock = await coupon.Stock.ReadAsync();
        Assert.InRange(stock.OutboxLength, 2_000, 2_000 + 512);
        Assert.Equal(Waits - stock.OutboxLength + 1, stock.Waiting);
        Assert.Equal([ClaimOutcome.AlreadyClaimed, ClaimOutcome.Waiting], (await coupon.Stock.ClaimAsync(["w0", "w2999"])).Outcomes);
        var head = await coupon.Stock.PeekAsync(1_000);
        Assert.True(await coupon.Stock.AcknowledgeAsync(head.Epoch, head.Position, head.Entries.Length));
        Assert.Equal(512, (await coupon.Stock.ServeAsync()).Users.Length);
    }

    [Fact]
    public async Task One_who_leaves_and_one_who_returns_while_names_are_scanned_hide_no_owner_or_the_names_are_of_no_use()
    {
        const int Owners = 5_000, Waits = 3_000;
        var coupon = await StockProbe.OpenAsync(site, Owners, waitlist: Waits);
        string[] owners = [.. Enumerable.Range(0, Owners).Select(i => $"o{i}")];
        foreach (var some in owners.Chunk(500))
            await coupon.ClaimAsync(some);
        await site.Database.HashSetAsync(coupon.Hash, "returns", 1);
        foreach (var some in Enumerable.Range(0, Waits).Select(i => $"w{i}").Chunk(500))
            Assert.All((await coupon.Stock.JoinAsync(some)).Outcomes, outcome => Assert.Equal(WaitOutcome.Joined, outcome));
        var names = new List<string>();

        var fault = await Record.ExceptionAsync(async () =>
        {
            await foreach (var name in coupon.Stock.NamesAsync(new FilterStamp(0, Owners, Waits)))
            {
                names.Add(Encoding.UTF8.GetString(name.Span));
                // The line is read first. Both were seen, so that nothing is counted as missing.
                if (names.Count != Waits + 1)
                    continue;
                await coupon.Stock.LeaveAsync([names[0]]);
                Assert.Equal(StockState.Verified, (await coupon.GiveBackAsync(names[^1])).State);
            }
        });

        // On Redis they can hide none.
        if (fault is not null)
            Assert.Equal((typeof(UnavailableException), typeof(GarnetSite)), (fault.GetType(), site.GetType()));
        else
            Assert.Subset(names.ToHashSet(), owners.ToHashSet());
    }
}

public sealed class LineOnRedis(RedisSite site) : LineTests(site), IClassFixture<RedisSite>;

public sealed class LineOnGarnet(GarnetSite site) : LineTests(site), IClassFixture<GarnetSite>;
