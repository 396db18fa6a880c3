using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scaling;

namespace SecKill.Tests.Unit.Bench;

/// <summary>Which answers <c>bench scale</c> judges false.</summary>
public sealed class JudgeTests
{
    private static readonly HttpReply _claimed = new(201, ClaimResult.Claimed, 0, default);
    private static readonly HttpReply _owned = new(204, ClaimResult.AlreadyClaimed, 0, default);
    private static readonly HttpReply _soldOut = new(204, ClaimResult.SoldOut, 0, default);
    private static readonly HttpReply _undecided = new(503, ClaimResult.None, 1, default);

    private readonly Judge _judge = new();
    private readonly CouponOnSale _coupon = new("breakfast", units: 2) { ClaimHead = [] };

    [Fact]
    public void Honest_answers_are_believed()
    {
        var (alice, bob, carol) = (Asks(1), Asks(2), Asks(3));
        Assert.True(_judge.Hears(alice, _claimed));
        Assert.True(_judge.Hears(Asks(1), _owned));
        Assert.False(_judge.Hears(bob, _undecided));
        Assert.True(_judge.Hears(carol, _soldOut));
        // A claim sent before the first sold-out answer may be answered later with a win: answers overtake each other.
        Assert.True(_judge.Hears(bob.Again() with { Sent = _coupon.SoldOutTold + 1 }, _owned));
        Assert.True(_judge.Hears(Asks(3), _soldOut));
        Assert.True(_judge.Hears(Asks(2), _owned));

        Assert.True(_judge.Check().Passed, _judge.Check().Found);
        Assert.Equal(6, _judge.Decided);
        Assert.Equal([1L, 2L], _coupon.Owners.Order());
    }

    [Fact]
    public void A_win_that_was_asked_for_before_sold_out_was_told_is_believed_though_it_is_heard_later()
    {
        var early = Asks(1);
        _judge.Hears(Asks(2), _soldOut);
        _judge.Hears(early with { Sent = _coupon.SoldOutTold - 1 }, _claimed);

        Assert.True(_judge.Check().Passed, _judge.Check().Found);
    }

    [Fact]
    public void A_win_that_was_asked_for_after_sold_out_was_told_is_a_lie()
    {
        _judge.Hears(Asks(1), _soldOut);
        _judge.Hears(AsksAfterSoldOut(2), _claimed);

        Finds("user 2 won with a claim that was sent after");
    }

    [Fact]
    public void A_win_that_is_told_at_a_retry_is_a_lie_where_the_first_try_came_after_sold_out_was_told()
    {
        _judge.Hears(Asks(1), _soldOut);
        var tried = AsksAfterSoldOut(2);
        _judge.Hears(tried, _undecided);
        _judge.Hears(tried.Again() with { Sent = tried.Sent + 1 }, _owned);

        Finds("user 2 won with a claim that was sent after");
    }

    [Fact]
    public void A_customer_who_was_refused_cannot_win_later()
    {
        _judge.Hears(Asks(1), _soldOut);
        _judge.Hears(AsksAfterSoldOut(1), _claimed);

        Finds("user 1 won with a claim that was sent after");
    }

    [Fact]
    public void A_customer_cannot_win_twice()
    {
        _judge.Hears(Asks(1), _claimed);
        _judge.Hears(Asks(1), _claimed);

        Finds("user 1 was told twice that he won");
    }

    [Fact]
    public void A_customer_cannot_own_what_he_was_never_told_to_have_won()
    {
        _judge.Hears(Asks(1), _owned);

        Finds("user 1 was told that he owns it, but never that he won");
    }

    [Fact]
    public void An_owner_is_not_refused()
    {
        _judge.Hears(Asks(1), _claimed);
        _judge.Hears(Asks(1), _soldOut);

        Finds("user 1 was told that it is sold out, though he owns it");
    }

    [Theory]
    [InlineData(200, (int)ClaimResult.Claimed)]
    [InlineData(201, (int)ClaimResult.None)]
    [InlineData(201, (int)ClaimResult.SoldOut)]
    [InlineData(204, (int)ClaimResult.Claimed)]
    [InlineData(204, (int)ClaimResult.NoSuchCoupon)]
    [InlineData(500, (int)ClaimResult.None)]
    public void An_answer_that_is_not_documented_is_a_lie(int status, int result)
    {
        _judge.Hears(Asks(1), new HttpReply(status, (ClaimResult)result, 0, default));

        Finds($"{status} with Claim-Result {(ClaimResult)result}");
    }

    [Fact]
    public void A_503_must_say_when_to_try_again()
    {
        _judge.Hears(Asks(1), _claimed);
        _judge.Hears(Asks(2), new HttpReply(503, ClaimResult.None, 0, default));

        Finds("503 without Retry-After");
    }

    [Fact]
    public void Where_nothing_was_decided_nothing_is_proved()
    {
        _judge.Hears(Asks(1), _undecided);

        Finds("no claim was decided");
    }

    private Attempt Asks(long user) => new(_coupon, user) { Sent = Clock.Now };

    private Attempt AsksAfterSoldOut(long user) => new(_coupon, user) { Sent = _coupon.SoldOutTold + 1 };

    private void Finds(string lie)
    {
        Assert.False(_judge.Check().Passed);
        Assert.Contains(lie, _judge.Check().Found, StringComparison.Ordinal);
    }
}
