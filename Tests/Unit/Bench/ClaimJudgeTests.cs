using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Tests.Unit.Bench;

/// <summary>Which answers are lies after a return.</summary>
public sealed class ClaimJudgeTests
{
    [Theory]
    [InlineData(Heard.Returned, KnownReturn.Done, false)]
    [InlineData(Heard.Unknown, KnownReturn.Done, false)]
    [InlineData(Heard.SoldOut, KnownReturn.Done, true)]
    [InlineData(Heard.Paused, KnownReturn.Done, true)]
    [InlineData(Heard.Ended, KnownReturn.Done, true)]
    [InlineData(Heard.Claimed, KnownReturn.Done, true)]
    [InlineData(Heard.AlreadyClaimed, KnownReturn.Done, true)]
    [InlineData(Heard.Returned, KnownReturn.Asked, false)]
    [InlineData(Heard.AlreadyClaimed, KnownReturn.Asked, false)]
    [InlineData(Heard.Claimed, KnownReturn.Asked, true)]
    [InlineData(Heard.SoldOut, KnownReturn.Asked, true)]
    [InlineData(Heard.Returned, KnownReturn.None, true)]
    [InlineData(Heard.AlreadyClaimed, KnownReturn.None, false)]
    public void An_owner_who_returns_hears_of_that_for_ever(Heard heard, KnownReturn returned, bool isLie) =>
        Assert.Equal(isLie, ClaimJudge.FindLie(heard, isOwner: true, mayOwn: false, isAfterSoldOut: false, returned) is not null);

    [Fact]
    public void A_refusal_of_a_lease_of_before_the_return_is_no_lie_and_a_unit_always_is()
    {
        Assert.Null(ClaimJudge.FindLie(Heard.SoldOut, isOwner: true, mayOwn: false, isAfterSoldOut: false, KnownReturn.Done, isAfterLease: false));
        Assert.NotNull(ClaimJudge.FindLie(Heard.Claimed, isOwner: true, mayOwn: false, isAfterSoldOut: false, KnownReturn.Done, isAfterLease: false));
    }

    [Fact]
    public void The_word_is_an_answer_only_of_a_coupon_that_may_have_it()
    {
        Assert.Equal(Heard.Returned, ClaimJudge.MeaningOf(204, "returned", saysWhenToRetry: false, hasTerms: true));
        Assert.Null(ClaimJudge.MeaningOf(204, "returned", saysWhenToRetry: false));
    }
}
