using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>What a silo remembers of the claims that SQL does not have yet, so that Redis may lose them.</summary>
public sealed class UnpersistedClaimsTests
{
    private readonly ClaimSlots _slots = new(100);
    private readonly UnpersistedClaims _claims;

    public UnpersistedClaimsTests() => _claims = new UnpersistedClaims(_slots);

    [Fact]
    public void Wins_are_remembered_in_their_order_until_they_are_drained()
    {
        // Replies overtake each other.
        Assert.True(_claims.TryAdd(["c", "x", "d"], Decision(epoch: 3, first: 2, "c.d")));
        Assert.True(_claims.TryAdd(["a", "b"], Decision(epoch: 3, first: 0, "ab")));

        Assert.Equal(["a", "b", "c", "d"], Users(_claims.Remembered()));
        _claims.NotePersisted(epoch: 3, position: 3);
        // A claim that arrives late is kept as long as those before it.
        Assert.Equal(["a", "b", "d"], Users(_claims.Remembered()));
        _claims.NotePersisted(epoch: 2, position: 9);
        Assert.True(_claims.Any);
        _claims.NotePersisted(epoch: 3, position: 4);
        Assert.False(_claims.Any);
    }

    [Fact]
    public void What_was_drained_before_its_reply_arrived_is_not_remembered()
    {
        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _claims.NotePersisted(epoch: 1, position: 3);

        Assert.True(_claims.TryAdd(["b", "c", "d"], Decision(epoch: 1, first: 1, "bcd")));

        Assert.Equal(["d"], Users(_claims.Remembered()));
    }

    [Fact]
    public void Nobody_claims_while_the_stock_is_rebuilt_nor_by_a_reply_from_before()
    {
        Assert.True(_claims.TryAdd(["a", "b"], Decision(epoch: 1, first: 0, "ab")));

        Assert.Equal(["a", "b"], Users(_claims.Seal()));
        Assert.False(_claims.TryAdd(["c"], Decision(epoch: 1, first: 2, "c")));
        Assert.True(_claims.IsSealed);
        // a was in the ledger already.
        Assert.Equal(0, _claims.Unseal(new RebuiltStock(Epoch: 2, Drained: 1, Positions: 2, [new OutboxEntry(7, "b")])).Claims);

        Assert.False(_claims.TryAdd(["c"], Decision(epoch: 1, first: 2, "c")));
        Assert.True(_claims.TryAdd(["c"], Decision(epoch: 2, first: 2, "c")));
        Assert.Equal(["b", "c"], Users(_claims.Remembered()));
        _claims.NotePersisted(epoch: 2, position: 2);
        Assert.Equal(["c"], Users(_claims.Remembered()));
    }

    [Fact]
    public void A_rebuild_that_failed_changes_nothing()
    {
        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _claims.Seal();

        Assert.Equal(0, _claims.Unseal(null).Claims);

        Assert.True(_claims.TryAdd(["b"], Decision(epoch: 1, first: 1, "b")));
        Assert.Equal(["a", "b"], Users(_claims.Remembered()));
    }

    [Fact]
    public void What_is_lost_all_the_same_is_counted()
    {
        var claims = new UnpersistedClaims(new ClaimSlots(1));
        Assert.True(claims.TryAdd(["a", "b", "c"], Decision(epoch: 1, first: 10, "abc")));

        Assert.Equal(["a"], Users(claims.Seal()));

        Assert.Equal(2, claims.Unseal(new RebuiltStock(Epoch: 2, Drained: 10, Positions: 11, [new OutboxEntry(7, "a")])).Claims);
    }

    [Fact]
    public void Who_owned_a_piece_already_is_remembered_too_until_it_is_drained()
    {
        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _claims.NotePersisted(epoch: 1, position: 1);

        // The reply to b's claim was lost; this one tells of it, and of b once more.
        Assert.True(_claims.TryAdd(["b", "c", "b"], Decision(epoch: 1, first: 2, ".c.")));

        Assert.Equal(["b", "c"], Users(_claims.Remembered()));
        _claims.NotePersisted(epoch: 1, position: 2);
        Assert.Equal(["c"], Users(_claims.Remembered()));
    }

    [Fact]
    public void Where_all_is_drained_who_owned_a_piece_already_is_not_remembered()
    {
        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _claims.NotePersisted(epoch: 1, position: 1);

        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 1, ".")));

        Assert.False(_claims.Any);
    }

    [Fact]
    public void Where_nothing_is_remembered_another_one_s_stock_is_gone_on_with_at_once()
    {
        Assert.True(_claims.TryAdd(["a"], Decision(epoch: 1, first: 0, "a")));
        _claims.NotePersisted(epoch: 1, position: 1);

        Assert.True(_claims.TryAdd(["b"], Decision(epoch: 4, first: 1, "b")));
        Assert.False(_claims.TryAdd(["c"], Decision(epoch: 1, first: 1, "c")));
    }

    [Fact]
    public void Places_are_given_back()
    {
        Assert.True(_claims.TryAdd(["a", "b", "c"], Decision(epoch: 1, first: 0, "abc")));
        _claims.NotePersisted(epoch: 1, position: 1);
        _claims.Seal();
        _claims.Unseal(new RebuiltStock(Epoch: 2, Drained: 1, Positions: 3, [new OutboxEntry(1, "b"), new OutboxEntry(1, "c")]));
        _claims.Clear();

        Assert.True(Enumerable.Range(0, 100).All(_ => _slots.TryTake()));
        Assert.False(_slots.TryTake());
    }

    /// <param name="epoch">The epoch it was decided in.</param>
    /// <param name="first">The position of the first winner.</param>
    /// <param name="won">In the order of the users: a letter for a winner, a dot for a loser.</param>
    private static ClaimDecision Decision(long epoch, long first, string won) => new(
        StockState.Verified,
        [.. won.Select(Outcome)],
        Left: 5, first, Micros: 7, epoch, IsListed: true);

    private static ClaimOutcome Outcome(char letter) => letter == '.' ? ClaimOutcome.AlreadyClaimed : ClaimOutcome.Claimed;

    private static IEnumerable<string> Users(IEnumerable<OutboxEntry> claims) => claims.Select(claim => claim.User);
}
