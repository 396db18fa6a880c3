using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Tests.Unit.Bench;

/// <summary>What the judge of finished sales believes, and what it does not.</summary>
public sealed class SaleJudgeTests
{
    [Theory]
    [InlineData(5, 5, 45, 0, null)]
    [InlineData(5, 3, 0, 0, null)]
    [InlineData(5, 4, 10, 1, null)]
    [InlineData(5, 6, 0, 0, "5")]
    [InlineData(5, 4, 1, 0, "5")]
    [InlineData(5, 2, 9, 2, "3 to 5")]
    public void Wins_are_as_many_as_units_or_claims(long units, long won, long refused, long undecided, string? expected) =>
        Assert.Equal(expected, SaleJudge.Wins(new CouponOutcome("c", units, won, refused, undecided))?.Expected);

    [Theory]
    [InlineData(100, 60, null)]
    [InlineData(100, 58, null)]
    [InlineData(100, 57, "57 of 100")]
    [InlineData(100, 61, "61 of 100")]
    [InlineData(99, 60, "60 of 99")]
    [InlineData(null, null, "no such coupon")]
    public void Left_is_what_was_not_won(int? amount, int? left, string? found) =>
        Assert.Equal(found, SaleJudge.Left(new CouponOutcome("c", 100, Won: 40, Refused: 0, Undecided: 2), amount, left)?.Found);

    [Theory]
    [InlineData(5, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(4, false)]
    public void A_unit_that_came_back_may_be_won_again(long won, bool isRight) =>
        Assert.Equal(isRight, SaleJudge.Wins(new CouponOutcome("c", 5, won, Refused: 20) { Returned = 3 }) is null);

    [Theory]
    [InlineData(0, 0, 0, 60, null)]
    [InlineData(10, 0, 0, 70, null)]
    [InlineData(10, 0, 0, 60, "70 of 100")]
    [InlineData(10, 5, 0, 75, null)]
    [InlineData(10, 5, 0, 76, "70 to 75 of 100")]
    [InlineData(0, 0, 4, 56, null)]
    [InlineData(0, 0, 4, 55, "56 to 60 of 100")]
    public void Left_knows_of_returns_and_of_those_in_line(long returned, long mayBeReturned, long mayBeServed, int left, string? expected) =>
        Assert.Equal(
            expected,
            SaleJudge.Left(new CouponOutcome("c", 100, Won: 40, Refused: 9) { Returned = returned, MayBeReturned = mayBeReturned, MayBeServed = mayBeServed }, 100, left)?.Expected);

    [Theory]
    [InlineData("a b", null)]
    [InlineData("a", "1 missing (b), 0 too many, 0 twice")]
    [InlineData("a b x", "0 missing, 1 too many (x), 0 twice")]
    [InlineData("a b b", "0 missing, 0 too many, 1 twice")]
    public void Owners_are_those_that_were_told_each_once(string found, string? difference) =>
        Assert.Equal(difference, SaleJudge.Names(["a", "b"], found.Split(' '))?.Found);

    [Fact]
    public void The_ledger_has_the_owners_and_what_is_left()
    {
        var coupon = new CouponOutcome("c", 3, Won: 1, Refused: 0);

        Assert.Null(SaleJudge.Ledger(coupon, ["a"], new LedgerRow(["a"], 3, 2)));
        Assert.Equal("1 of 3", SaleJudge.Ledger(coupon, ["a"], new LedgerRow(["a"], 3, 1))?.Found);
        Assert.NotNull(SaleJudge.Ledger(coupon, ["a"], new LedgerRow([], 3, 2)));
        Assert.Equal("2 of 4", SaleJudge.Ledger(coupon, ["a"], new LedgerRow(["a"], 4, 2))?.Found);
        Assert.NotNull(SaleJudge.Ledger(coupon, ["a"], row: null));
    }

    [Fact]
    public void Findings_tell_the_first_few_and_count_the_others()
    {
        var findings = new Findings("left", "units - wins");
        Assert.Equal(new CheckResult("left", true, "units - wins", "good"), findings.Result("good"));

        for (var i = 0; i < 5; i++)
            findings.Add($"c{i}", new Difference("1", "2"));

        Assert.Equal(new CheckResult("left", false, "c0: 1; c1: 1; c2: 1", "c0: 2; c1: 2; c2: 2; and 2 more"), findings.Result("good"));
        Assert.Equal(5, findings.Checked);
    }
}
