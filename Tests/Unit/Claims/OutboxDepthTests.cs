using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>The depth and age of a coupon's outbox, as its silo follows them.</summary>
public sealed class OutboxDepthTests
{
    private readonly UnpersistedClaims _claims = new(new ClaimSlots(100));
    private int _users;

    [Fact]
    public void Nothing_waits_before_anything_is_known() => Assert.Equal((0, 0), _claims.Outbox);

    [Fact]
    public void What_is_won_waits_since_the_first_of_it_until_it_is_drained()
    {
        Win(first: 0, won: 3, micros: 100);
        Win(first: 3, won: 2, micros: 200);
        Assert.Equal((5, 100), _claims.Outbox);

        _claims.NoteHead(Head(0, 100, 100, 100, 200, 200), isAll: true);
        Assert.Equal((5, 100), _claims.Outbox);
        _claims.NotePersisted(1, 5);
        Assert.Equal((0, 0), _claims.Outbox);
    }

    [Fact]
    public void What_was_won_while_others_were_drained_waits_on()
    {
        Win(first: 0, won: 2, micros: 100);
        _claims.NoteHead(Head(0, 100, 100), isAll: true);
        Win(first: 2, won: 1, micros: 300);
        _claims.NotePersisted(1, 2);
        Assert.Equal(1, _claims.Outbox.Length);
        Assert.InRange(_claims.Outbox.OldestMicros, 100, 300);

        _claims.NoteHead(Head(2, 300), isAll: true);
        Assert.Equal((1, 300), _claims.Outbox);
    }

    [Fact]
    public void Decisions_that_come_out_of_order_are_counted_once()
    {
        Win(first: 2, won: 2, micros: 200);
        _claims.NoteHead(Head(0, 100, 100, 200, 200), isAll: true);
        Win(first: 0, won: 2, micros: 100);
        Assert.Equal((4, 100), _claims.Outbox);
    }

    [Fact]
    public void A_queue_that_was_another_silos_is_as_long_as_it_was_found_also_where_only_its_head_was_seen()
    {
        _claims.NoteOutboxLength(2_500);
        Assert.Equal(2_500, _claims.Outbox.Length);

        _claims.NoteHead(Head(40, [.. Enumerable.Repeat(77L, 1_000)]), isAll: false);
        Assert.Equal((2_500, 77), _claims.Outbox);
        Win(first: 2_540, won: 1, micros: 900);
        Assert.Equal((2_501, 77), _claims.Outbox);
        _claims.NotePersisted(1, 1_040);
        Assert.Equal(1_501, _claims.Outbox.Length);
    }

    [Fact]
    public void What_was_found_waiting_counts_beside_what_is_won_before_the_first_reading()
    {
        _claims.NoteOutboxLength(10);
        Win(first: 30, won: 1, micros: 900);
        Assert.Equal(11, _claims.Outbox.Length);

        _claims.NoteHead(Head(20, [.. Enumerable.Repeat(77L, 11)]), isAll: true);
        Assert.Equal((11, 77), _claims.Outbox);
    }

    [Fact]
    public void A_head_that_is_read_again_and_again_stays_the_oldest()
    {
        Win(first: 0, won: 1, micros: 100);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _claims.NoteHead(Head(0, 100, 500), isAll: true);
            Assert.Equal((2, 100), _claims.Outbox);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_was_found_long_ago_is_past_once_the_whole_queue_was_read(int waiting)
    {
        _claims.NoteHead(Head(0, 100, 100, 100, 100, 100), isAll: true);
        _claims.NotePersisted(1, 5);
        _claims.NoteOutboxLength(5);

        _claims.NoteHead(Head(5, [.. Enumerable.Repeat(300L, waiting)]), isAll: true);
        Assert.Equal(waiting, _claims.Outbox.Length);
        _claims.NotePersisted(1, 5 + waiting);
        Assert.Equal((0, 0), _claims.Outbox);
    }

    [Fact]
    public void What_is_won_while_the_queue_is_read_waits_on_although_it_was_not_in_it()
    {
        Win(first: 0, won: 3, micros: 100);

        _claims.NoteHead(Head(0, 100), isAll: true);
        Assert.Equal((3, 100), _claims.Outbox);
    }

    [Fact]
    public void What_another_relay_has_drained_waits_no_longer()
    {
        Win(first: 0, won: 4, micros: 100);
        _claims.NoteHead(Head(4), isAll: true);
        Assert.Equal((0, 0), _claims.Outbox);
    }

    [Fact]
    public void After_rebuilding_there_is_what_was_put_in_the_queue_and_what_is_told_of_before_is_past()
    {
        Win(first: 0, won: 4, micros: 100);
        Rebuilt(new RebuiltStock(Epoch: 2, Drained: 3, Positions: 5, [new OutboxEntry(100, "a"), new OutboxEntry(200, "b")]));
        Assert.Equal((2, 100), _claims.Outbox);

        Win(first: 4, won: 3, micros: 150);
        _claims.NotePersisted(1, 7);
        Assert.Equal((2, 100), _claims.Outbox);
        Rebuilt(new RebuiltStock(Epoch: 3, Drained: 5, Positions: 5, []));
        Assert.Equal((0, 0), _claims.Outbox);
    }

    private void Win(long first, int won, long micros)
    {
        string[] users = [.. Enumerable.Range(0, won).Select(_ => $"user-{_users++}")];
        var outcomes = Enumerable.Repeat(ClaimOutcome.Claimed, won).ToArray();
        _claims.TryAdd(users, new ClaimDecision(StockState.Verified, outcomes, Left: 10, first, micros, Epoch: 1, IsListed: true));
    }

    private void Rebuilt(RebuiltStock stock)
    {
        _claims.Seal();
        _claims.Unseal(stock);
    }

    private static OutboxHead Head(long position, params long[] micros) =>
        new(StockState.Verified, new(7, 7), Epoch: 1, position, Version: 0, Returned: 0, Array.ConvertAll(micros, one => new OutboxEntry(one, "user")));
}
