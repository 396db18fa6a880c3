using SecKill.Grains.Claims;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>A filter that grows with the winners has all of the state that it is said to be of, in whichever order they are heard of.</summary>
public sealed class GrowingFilterTests
{
    private static readonly FilterStamp _from = new(Epoch: 3, Positions: 20_000);

    [Fact]
    public void It_is_of_the_state_up_to_which_no_winner_is_missing() =>
        Gen.Select(Gen.Int[1, 40].Array[1, 12], Gen.Int).Sample((sizes, seed) =>
        {
            var filter = new GrowingFilter(_from);
            var ends = sizes.Select((_, i) => sizes.Take(i + 1).Sum()).ToArray();
            var order = Enumerable.Range(0, sizes.Length).ToArray();
            new Random(seed).Shuffle(order);
            for (var heard = 1; heard <= order.Length; heard++)
            {
                var batch = order[heard - 1];
                Assert.True(Add(filter, ends[batch] - sizes[batch], sizes[batch]));

                var complete = Enumerable.Range(0, sizes.Length).TakeWhile(i => order.AsSpan(0, heard).Contains(i)).Sum(i => sizes[i]);
                Assert.Equal(_from with { Positions = _from.Positions + complete }, filter.Stamp);
                Assert.All(Enumerable.Range(0, complete), i => Assert.True(filter.MayContain($"w{i}") && filter.ToFilter().MayContain($"w{i}")));
                if (complete > 0)
                {
                    var known = complete * 2 / 3;
                    Assert.Equal(Enumerable.Range(known, complete - known).Select(i => $"w{i}"), filter.Since(_from with { Positions = _from.Positions + known }));
                }
            }
        }, iter: 100);

    [Fact]
    public void Names_since_a_state_are_told_as_long_as_they_are_few_and_won_here()
    {
        var filter = new GrowingFilter(_from);
        Add(filter, 0, 1_000);
        Assert.Equal(1_000, filter.Since(_from)!.Length);
        Add(filter, 1_000, 1);

        Assert.Null(filter.Since(_from));
        Assert.Equal("w1000", filter.Since(filter.Stamp with { Positions = 21_000 })![^1]);
        Assert.Null(filter.Since(filter.Stamp));
        Assert.Null(filter.Since(filter.Stamp with { Positions = 20_500, Epoch = 2 }));
        Assert.Null(filter.Since(_from with { Positions = 19_999 }));
        Assert.Null(new GrowingFilter(_from).Since(_from with { Positions = 20_001 }));
    }

    [Fact]
    public void Of_a_small_coupon_the_filter_is_smaller_than_many_names()
    {
        var filter = new GrowingFilter(new FilterStamp(3, 100));
        filter.TryAdd(["w0", "w1"], Won(100, 2));
        Assert.Equal(2, filter.Since(new FilterStamp(3, 100))!.Length);
        filter.TryAdd([.. Enumerable.Range(2, 10).Select(i => $"w{i}")], Won(102, 10));

        Assert.Null(filter.Since(new FilterStamp(3, 100)));
    }

    [Fact]
    public void It_is_given_up_once_it_is_full_or_decisions_stay_missing()
    {
        var full = new GrowingFilter(_from);
        for (var i = 0; i < 2_500; i += 500)
            Assert.True(Add(full, i, 500));
        Assert.False(Add(full, 2_500, 500));

        var lacking = new GrowingFilter(_from);
        for (var i = 1; i <= 256; i++)
            Assert.True(Add(lacking, i, 1));
        Assert.False(Add(lacking, 257, 1));
        Assert.Equal(_from, lacking.Stamp);
    }

    [Fact]
    public void Decisions_that_won_nothing_or_were_scanned_change_nothing()
    {
        var filter = new GrowingFilter(_from);

        Assert.True(filter.TryAdd(["anna"], Won(19_990, 1)));
        Assert.True(filter.TryAdd(["bert"], Won(30_000, 1) with { Outcomes = [ClaimOutcome.SoldOut] }));

        Assert.Equal(_from, filter.Stamp);
        Assert.False(filter.MayContain("anna") || filter.MayContain("bert"));
    }

    [Fact]
    public void Customers_who_join_are_in_it_and_a_missing_join_shows()
    {
        var filter = new GrowingFilter(_from);

        Assert.True(filter.TryAddJoins(["late"], Joined(1, "late")));
        Assert.Equal((_from, true), (filter.Stamp, filter.HasGap));
        Assert.True(filter.TryAddJoins(["first", "full"], Joined(0, "first") with { Outcomes = [WaitOutcome.Joined, WaitOutcome.Full] }));

        Assert.Equal((_from with { Joins = 2 }, false), (filter.Stamp, filter.HasGap));
        Assert.True(filter.MayContain("first") && filter.MayContain("late"));
        Assert.False(filter.MayContain("full"));
        Assert.Equal(["first", "late"], filter.Since(_from)!);
        Assert.Equal(["late"], filter.Since(_from with { Joins = 1 })!);
        // Served, they were in it before.
        Assert.True(filter.TryAdd(["first"], Won(_from.Positions, 1)));
        Assert.Equal(_from with { Joins = 2, Positions = _from.Positions + 1 }, filter.Stamp);
        Assert.Equal(["first", "late"], filter.Since(_from with { Joins = 1 })!);
        var lease = new RefusalLease(ClaimOutcome.SoldOut, TimeSpan.Zero, filter.Stamp, null, Added: filter.Since(_from with { Joins = 1 }), AddedJoins: 1);
        Assert.Equal(_from with { Joins = 1 }, lease.AddedTo);
    }

    [Fact]
    public void It_has_room_for_those_who_wait_and_not_for_all_who_ever_joined()
    {
        var filter = new GrowingFilter(new FilterStamp(Epoch: 3, Positions: 100, Joins: 1_000_000), waiting: 900);

        // An eighth, and some.
        Assert.True(filter.TryAddJoins([.. Enumerable.Range(0, 141).Select(i => $"w{i}")], Joined(1_000_000, [.. Enumerable.Range(0, 141).Select(i => $"w{i}")])));
        Assert.False(filter.TryAddJoins(["late"], Joined(1_000_141, "late")));
    }

    [Fact]
    public void A_copy_stays_as_it_was()
    {
        var filter = new GrowingFilter(_from);
        var before = filter.ToFilter();
        Assert.Same(before, filter.ToFilter());
        Add(filter, 0, 1);

        Assert.Equal((_from, false), (before.Stamp, before.MayContain("w0")));
        Assert.Equal((filter.Stamp, true), (filter.ToFilter().Stamp, filter.ToFilter().MayContain("w0")));
    }

    /// <summary>Winner number i, counted from the scan, is called w{i}.</summary>
    private static bool Add(GrowingFilter filter, int first, int count) =>
        filter.TryAdd([.. Enumerable.Range(first, count).Select(i => $"w{i}")], Won(_from.Positions + first, count));

    private static JoinDecision Joined(long first, params string[] users)
    {
        var outcomes = new WaitOutcome[users.Length];
        Array.Fill(outcomes, WaitOutcome.Joined);
        return new JoinDecision(StockState.Verified, Epoch: 3, Micros: 7, outcomes, new long[users.Length], new long[users.Length], Waiting: 1, first, FirstPosition: first);
    }

    private static ClaimDecision Won(long first, int count)
    {
        var outcomes = new ClaimOutcome[count];
        Array.Fill(outcomes, ClaimOutcome.Claimed);
        return new ClaimDecision(StockState.Verified, outcomes, Left: 1, first, Micros: 7, Epoch: 3, IsListed: true);
    }
}
