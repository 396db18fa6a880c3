using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using Xunit;

namespace SecKill.Tests.Stock;

/// <summary>What an activation remembers of undrained wins, so that Redis may lose them.</summary>
public sealed class UnpersistedClaimsTests : IDisposable
{
    private readonly ClaimSlots _places = new(100);
    private readonly UnpersistedClaims _wins;

    public UnpersistedClaimsTests() => _wins = new UnpersistedClaims(_places);

    public void Dispose() => _wins.Dispose();

    [Fact]
    public void Wins_are_remembered_in_their_order_until_they_are_drained()
    {
        // Replies overtake each other.
        Assert.True(_wins.TryAdd(["c", "x", "d"], Decision(epoch: 3, first: 2, "c.d")));
        Assert.True(_wins.TryAdd(["a", "b"], Decision(epoch: 3, first: 0, "ab")));

        Assert.Equal(["a", "b", "c", "d"], Users(_wins.Remembered()));
        _wins.Forget(epoch: 3, position: 3);
        // Who came late is kept as long as whoever came before.
        Assert.Equal(["a", "b", "d"], Users(_wins.Remembered()));
        _wins.Forget(epoch: 2, position: 9);
        Assert.True(_wins.Any);
        _wins.Forget(epoch: 3, position: 4);
        Assert.False(_wins.Any);
    }

    [Fact]
    public void What_was_drained_before_its_reply_arrived_is_not_remembered()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.Forget(epoch: 1, position: 3);

        Assert.True(_wins.TryAdd(["b", "c", "d"], Decision(epoch: 1, first: 1, "bcd")));

        Assert.Equal(["d"], Users(_wins.Remembered()));
    }

    [Fact]
    public void Nobody_wins_while_the_stock_is_rebuilt_nor_by_a_reply_from_before()
    {
        Assert.True(_wins.TryAdd(["a", "b"], Decision(epoch: 1, first: 0, "ab")));

        Assert.Equal(["a", "b"], Users(_wins.BeginRebuild()));
        Assert.False(_wins.TryAdd(["c"], Decision(epoch: 1, first: 2, "c")));
        // a was in the ledger already.
        Assert.Equal(0, _wins.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 1, Owners: 2, [new QueueEntry(7, "b")])));

        Assert.False(_wins.TryAdd(["c"], Decision(epoch: 1, first: 2, "c")));
        Assert.True(_wins.TryAdd(["c"], Decision(epoch: 2, first: 2, "c")));
        Assert.Equal(["b", "c"], Users(_wins.Remembered()));
        _wins.Forget(epoch: 2, position: 2);
        Assert.Equal(["c"], Users(_wins.Remembered()));
    }

    [Fact]
    public void A_rebuild_that_failed_changes_nothing()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.BeginRebuild();

        Assert.Equal(0, _wins.EndRebuild(null));

        Assert.True(_wins.TryAdd(["b"], Decision(epoch: 1, first: 1, "b")));
        Assert.Equal(["a", "b"], Users(_wins.Remembered()));
    }

    [Fact]
    public void What_is_lost_all_the_same_is_counted()
    {
        using var wins = new UnpersistedClaims(new ClaimSlots(1));
        Assert.True(wins.TryAdd(["a", "b", "c"], Decision(epoch: 1, first: 10, "abc")));

        Assert.Equal(["a"], Users(wins.BeginRebuild()));

        Assert.Equal(2, wins.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 10, Owners: 11, [new QueueEntry(7, "a")])));
    }

    [Fact]
    public void Who_owned_a_piece_already_is_remembered_too_until_it_is_drained()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.Forget(epoch: 1, position: 1);

        // b has won without that anybody heard of it; this tells of it, and of a once more.
        Assert.True(_wins.TryAdd(["b", "c", "b"], Decision(epoch: 1, first: 2, ".c.")));

        Assert.Equal(["b", "c"], Users(_wins.Remembered()));
        _wins.Forget(epoch: 1, position: 2);
        Assert.Equal(["c"], Users(_wins.Remembered()));
    }

    [Fact]
    public void Where_all_is_drained_who_owned_a_piece_already_is_not_remembered()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.Forget(epoch: 1, position: 1);

        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 1, ".")));

        Assert.False(_wins.Any);
    }

    [Fact]
    public void An_activation_that_has_ended_remembers_nothing_and_rebuilds_nothing()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.BeginRebuild();
        _wins.Dispose();

        Assert.Equal(0, _wins.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 0, Owners: 1, [new QueueEntry(7, "a")])));

        Assert.False(_wins.TryAdd(["b"], Decision(epoch: 2, first: 1, "b")));
        Assert.Throws<UnavailableException>(_wins.BeginRebuild);
        Assert.True(Enumerable.Range(0, 100).All(_ => _places.TryTake()));
    }

    [Fact]
    public void Where_nothing_is_remembered_another_one_s_stock_is_gone_on_with_at_once()
    {
        Assert.True(_wins.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _wins.Forget(epoch: 1, position: 1);

        Assert.True(_wins.TryAdd(["b"], Decision(epoch: 4, first: 1, "b")));
        Assert.False(_wins.TryAdd(["c"], Decision(epoch: 1, first: 1, "c")));
    }

    [Fact]
    public void Places_are_given_back()
    {
        Assert.True(_wins.TryAdd(["a", "b", "c"], Decision(epoch: 1, first: 0, "abc")));
        _wins.Forget(epoch: 1, position: 1);
        _wins.BeginRebuild();
        _wins.EndRebuild(new RebuiltStock(Epoch: 2, Drained: 1, Owners: 3, [new QueueEntry(1, "b"), new QueueEntry(1, "c")]));
        _wins.Dispose();

        Assert.True(Enumerable.Range(0, 100).All(_ => _places.TryTake()));
        Assert.False(_places.TryTake());
    }

    /// <param name="epoch">The epoch it was decided in.</param>
    /// <param name="first">The position of the first winner.</param>
    /// <param name="won">In the order of the users: a letter for each who won, a dot for each who did not.</param>
    private static ClaimDecision Decision(long epoch, long first, string won) => new(
        StockState.Verified,
        [.. won.Select(Outcome)],
        Left: 5, first, Micros: 7, epoch, IsListed: true);

    private static ClaimOutcome Outcome(char letter) => letter == '.' ? ClaimOutcome.AlreadyClaimed : ClaimOutcome.Claimed;

    private static IEnumerable<string> Users(IEnumerable<QueueEntry> wins) => wins.Select(win => win.User);
}
