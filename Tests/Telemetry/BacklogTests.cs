using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Outbox;
using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;
using Xunit;

namespace SecKill.Tests.Telemetry;

/// <summary>How much waits to be drained, and since when, as an activation follows it.</summary>
public sealed class BacklogTests
{
    private readonly Backlog _backlog = new();

    [Fact]
    public void Nothing_waits_before_anything_is_known() => Assert.Equal((0, 0), _backlog.Now);

    [Fact]
    public void What_is_won_waits_since_the_first_of_it_until_it_is_drained()
    {
        _backlog.Won(Decision(first: 0, won: 3, micros: 100));
        _backlog.Won(Decision(first: 3, won: 2, micros: 200));
        Assert.Equal((5, 100), _backlog.Now);

        _backlog.Seen(Head(0, 100, 100, 100, 200, 200), isAll: true);
        Assert.Equal((5, 100), _backlog.Now);
        _backlog.Drained(1, 5);
        Assert.Equal((0, 0), _backlog.Now);
    }

    [Fact]
    public void What_was_won_while_others_were_drained_waits_on()
    {
        _backlog.Won(Decision(first: 0, won: 2, micros: 100));
        _backlog.Seen(Head(0, 100, 100), isAll: true);
        _backlog.Won(Decision(first: 2, won: 1, micros: 300));
        _backlog.Drained(1, 2);
        Assert.Equal(1, _backlog.Now.Depth);
        Assert.InRange(_backlog.Now.OldestMicros, 100, 300);

        _backlog.Seen(Head(2, 300), isAll: true);
        Assert.Equal((1, 300), _backlog.Now);
    }

    [Fact]
    public void Decisions_that_come_out_of_order_are_counted_once()
    {
        _backlog.Won(Decision(first: 2, won: 2, micros: 200));
        _backlog.Seen(Head(0, 100, 100, 200, 200), isAll: true);
        _backlog.Won(Decision(first: 0, won: 2, micros: 100));
        Assert.Equal((4, 100), _backlog.Now);
    }

    [Fact]
    public void A_queue_that_was_another_silos_is_as_long_as_it_was_found_also_where_only_its_head_was_seen()
    {
        _backlog.Found(2_500);
        Assert.Equal(2_500, _backlog.Now.Depth);

        _backlog.Seen(Head(40, [.. Enumerable.Repeat(77L, 1_000)]), isAll: false);
        Assert.Equal((2_500, 77), _backlog.Now);
        _backlog.Won(Decision(first: 2_540, won: 1, micros: 900));
        Assert.Equal((2_501, 77), _backlog.Now);
        _backlog.Drained(1, 1_040);
        Assert.Equal(1_501, _backlog.Now.Depth);
    }

    [Fact]
    public void What_was_found_waiting_counts_beside_what_is_won_before_anybody_looked()
    {
        _backlog.Found(10);
        _backlog.Won(Decision(first: 30, won: 1, micros: 900));
        Assert.Equal(11, _backlog.Now.Depth);

        _backlog.Seen(Head(20, [.. Enumerable.Repeat(77L, 11)]), isAll: true);
        Assert.Equal((11, 77), _backlog.Now);
    }

    [Fact]
    public void A_head_that_is_read_again_and_again_stays_the_oldest()
    {
        _backlog.Won(Decision(first: 0, won: 1, micros: 100));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _backlog.Seen(Head(0, 100, 500), isAll: true);
            Assert.Equal((2, 100), _backlog.Now);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_was_found_long_ago_is_past_once_the_whole_queue_was_read(int waiting)
    {
        _backlog.Seen(Head(0, 100, 100, 100, 100, 100), isAll: true);
        _backlog.Drained(1, 5);
        _backlog.Found(5);

        _backlog.Seen(Head(5, [.. Enumerable.Repeat(300L, waiting)]), isAll: true);
        Assert.Equal(waiting, _backlog.Now.Depth);
        _backlog.Drained(1, 5 + waiting);
        Assert.Equal((0, 0), _backlog.Now);
    }

    [Fact]
    public void What_is_won_while_the_queue_is_read_waits_on_although_it_was_not_in_it()
    {
        _backlog.Won(Decision(first: 0, won: 3, micros: 100));

        _backlog.Seen(Head(0, 100), isAll: true);
        Assert.Equal((3, 100), _backlog.Now);
    }

    [Fact]
    public void What_somebody_else_has_drained_waits_no_longer()
    {
        _backlog.Won(Decision(first: 0, won: 4, micros: 100));
        _backlog.Seen(Head(4), isAll: true);
        Assert.Equal((0, 0), _backlog.Now);
    }

    [Fact]
    public void After_rebuilding_there_is_what_was_put_in_the_queue_and_what_is_told_of_before_is_past()
    {
        _backlog.Won(Decision(first: 0, won: 4, micros: 100));
        _backlog.Rebuilt(new RebuiltStock(Epoch: 2, Drained: 3, Owners: 5, [new QueueEntry(100, "a"), new QueueEntry(200, "b")]));
        Assert.Equal((2, 100), _backlog.Now);

        _backlog.Won(Decision(first: 4, won: 3, micros: 150));
        _backlog.Drained(1, 7);
        Assert.Equal((2, 100), _backlog.Now);
        _backlog.Rebuilt(new RebuiltStock(Epoch: 3, Drained: 5, Owners: 5, []));
        Assert.Equal((0, 0), _backlog.Now);
    }

    private static ClaimDecision Decision(long first, int won, long micros) => new(
        StockState.Verified, [.. Enumerable.Repeat(ClaimOutcome.Claimed, won)], 10, first, micros, Epoch: 1, IsListed: true);

    private static QueueHead Head(long position, params long[] micros) =>
        new(StockState.Verified, new(7, 7), Epoch: 1, position, Array.ConvertAll(micros, one => new QueueEntry(one, "user")));
}
