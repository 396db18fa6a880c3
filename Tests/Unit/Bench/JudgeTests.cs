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

    [Theory]
    [InlineData("user 2 won with a claim that was sent after", "1 sold-out", "2 claimed late")]
    // At a retry, of which the first try came too late.
    [InlineData("user 2 won with a claim that was sent after", "1 sold-out", "2 undecided late", "2 owned again")]
    [InlineData("user 1 won with a claim that was sent after", "1 sold-out", "1 claimed late")]
    [InlineData("user 1 was told twice that he won", "1 claimed", "1 claimed")]
    [InlineData("user 1 was told that he owns it, but never that he won", "1 owned")]
    [InlineData("user 1 was told that it is sold out, though he owns it", "1 claimed", "1 sold-out")]
    [InlineData("503 without Retry-After", "1 claimed", "2 silent")]
    [InlineData("no claim was decided", "1 undecided")]
    public void A_lie_is_found(string lie, params string[] answers)
    {
        Attempt last = default;
        foreach (var words in answers.Select(answer => answer.Split(' ')))
        {
            last = words[^1] switch
            {
                "late" => Asks(int.Parse(words[0])) with { Sent = _coupon.SoldOutTold + 1 },
                "again" => last.Again() with { Sent = last.Sent + 1 },
                _ => Asks(int.Parse(words[0])),
            };
            _judge.Hears(last, words[1] switch
            {
                "claimed" => _claimed,
                "owned" => _owned,
                "sold-out" => _soldOut,
                "undecided" => _undecided,
                _ => new HttpReply(503, ClaimResult.None, 0, default),
            });
        }
        Finds(lie);
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

    private Attempt Asks(long user) => new(_coupon, user) { Sent = Clock.Now };

    private void Finds(string lie)
    {
        Assert.False(_judge.Check().Passed);
        Assert.Contains(lie, _judge.Check().Found, StringComparison.Ordinal);
    }
}
