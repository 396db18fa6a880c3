using System.Diagnostics;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Tests.Unit.Bench;

/// <summary>Which answers are lies while units change hands, by records made by hand; times in milliseconds.</summary>
public sealed class LineJudgeTests
{
    private readonly LineJudge<string> _judge = new();
    private readonly List<string> _lies = [];

    [Fact]
    public void An_honest_sale_with_a_return_a_line_and_a_till_is_believed()
    {
        Plays(
            "1-2 anna claims claimed", "3-4 bob claims sold-out", "5-6 bob joins 1", "7-8 carl joins 2", "9-10 bob looks 1", "300-301 bob claims waiting",
            "310 anna returns", "320-321 anna hears returned", "330-331 bob looks 0", "340-341 carl looks 1", "342-343 bob claims already-claimed",
            "500-501 anna claims returned", "510 bob redeems", "511-512 bob is-redeemed", "520 bob returns", "521-522 bob hears redeemed",
            "530 carl leaves", "531-532 carl is-out", "700-701 carl claims sold-out", "710 bob undoes", "712 bob is-undone", "713 bob returns", "720-721 bob hears returned");
        Assert.Empty(_lies);
    }

    [Theory]
    [InlineData("returned", true)]
    [InlineData("sold-out", false)]
    [InlineData("paused", false)]
    [InlineData("claimed", false)]
    [InlineData("already-claimed", false)]
    [InlineData("waiting", false)]
    public void Who_returned_hears_of_that_later_than_a_lease(string word, bool isTrue)
    {
        Plays("1-2 anna claims claimed", "3 anna returns", "10-20 anna hears returned", $"121-130 anna claims {word}");
        Assert.Equal(isTrue, _lies.Count == 0);
    }

    [Theory]
    [InlineData("sold-out")]
    [InlineData("returned")]
    public void Within_a_lease_the_refusal_of_before_is_no_lie(string word)
    {
        Plays("1-2 anna claims claimed", "3 anna returns", "10-20 anna hears returned", $"119-300 anna claims {word}");
        Assert.Empty(_lies);
    }

    [Theory]
    [InlineData("waiting", true)]
    [InlineData("already-claimed", true)]
    [InlineData("paused", true)]
    [InlineData("ended", true)]
    [InlineData("sold-out", false)]
    [InlineData("claimed", false)]
    [InlineData("returned", false)]
    public void Who_waits_hears_of_that_later_than_a_lease(string word, bool isTrue)
    {
        Plays("10-20 bob joins 3", $"121-130 bob claims {word}");
        Assert.Equal(isTrue, _lies.Count == 0);
    }

    [Fact]
    public void Who_joined_within_a_lease_may_hear_sold_out()
    {
        Plays("10-20 bob joins 3", "119-300 bob claims sold-out");
        Assert.Empty(_lies);
    }

    [Fact]
    public void Who_asked_to_leave_may_hear_anything_that_others_hear()
    {
        Plays("10-20 bob joins 3", "200 bob leaves", "201-400 bob claims sold-out", "202-401 bob claims waiting", "402-403 bob is-out", "404-405 bob claims claimed");
        Assert.Empty(_lies);
    }

    [Theory]
    [InlineData("he waits, and never asked for it", "1-2 bob claims waiting")]
    [InlineData("he waits, though he has left", "1-2 bob joins 1", "3 bob leaves", "4-5 bob is-out", "6-7 bob claims waiting")]
    [InlineData("he waits, though he owns it", "1-2 bob joins 1", "3-4 bob looks 0", "5-6 bob looks 1")]
    [InlineData("was served, though he had left", "1-2 bob joins 1", "3 bob leaves", "4-5 bob is-out", "6-7 bob looks 0")]
    [InlineData("out of line, though he owns a unit", "1-2 bob joins 1", "3-4 bob looks 0", "5 bob leaves", "6-7 bob is-out")]
    [InlineData("was told full, though he waits or was served", "1-2 bob joins 1", "200-201 bob is-refused full")]
    [InlineData("was told not-sold-out, though he waits or was served", "1-2 bob joins 1", "200-201 bob is-refused not-sold-out")]
    [InlineData("a return that he never asked for", "1-2 bob is-refused returned")]
    [InlineData("sold out, though he owns it", "1-2 bob joins 1", "3-4 bob looks 0", "5-6 bob claims sold-out")]
    [InlineData("owns it, but never that he won", "1-2 bob claims already-claimed")]
    public void Of_the_line_a_lie_is_found(string lie, params string[] story)
    {
        Plays(story);
        Assert.Contains(lie, Assert.Single(_lies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redeemed a unit that was given back", "2 anna returns", "3 anna redeems", "4-5 anna hears returned", "3-9 anna is-redeemed")]
    [InlineData("gave the unit back, though it is redeemed", "2 anna returns", "3 anna redeems", "4-5 anna is-redeemed", "3-9 anna hears returned")]
    [InlineData("for the second time", "3 anna redeems", "4-5 anna is-redeemed", "4-6 anna is-redeemed")]
    [InlineData("a redemption that no till asked for", "3 anna returns", "4-5 anna hears redeemed")]
    [InlineData("a return that no customer asked for", "3 anna redeems", "4-5 anna is-not-redeemed returned")]
    [InlineData("given back, though it is redeemed", "2 anna returns", "3 anna redeems", "4-5 anna is-redeemed", "6-7 anna is-not-redeemed returned")]
    [InlineData("it is redeemed, though he gave it back", "2 anna returns", "3 anna redeems", "4-5 anna hears returned", "6-7 anna hears redeemed")]
    [InlineData("was told too-late, though he gave it back", "2 anna returns", "4-5 anna hears returned", "6-7 anna hears too-late")]
    public void Of_a_return_and_a_redemption_a_lie_is_found(string lie, params string[] story)
    {
        Plays(["1-2 anna claims claimed", .. story]);
        Assert.Contains(lie, Assert.Single(_lies), StringComparison.Ordinal);
    }

    [Theory]
    // Sent when the other was in line for certain, and answered before it is known to wait last.
    [InlineData(true, "10-20 bob joins 1", "21-30 dora claims claimed", "31-40 bob looks 1")]
    // Perhaps decided before the other joined.
    [InlineData(false, "10-20 bob joins 1", "19-30 dora claims claimed", "31-40 bob looks 1")]
    // The other may have been served in between.
    [InlineData(false, "10-20 bob joins 1", "21-30 dora claims claimed", "29-40 bob looks 1", "50-51 bob looks 0")]
    [InlineData(false, "10-20 bob joins 1", "21-30 dora claims claimed", "31-40 bob looks 0")]
    [InlineData(false, "10-20 bob joins 1", "15 bob leaves", "21-30 dora claims claimed", "31-32 bob is-out")]
    public void No_claim_wins_while_another_customer_waits(bool isLie, params string[] story)
    {
        Plays(story);
        Assert.Empty(_lies);
        Assert.Equal(isLie ? ["dora won by a claim while bob waited"] : [], _judge.FindOvertaken());
    }

    [Fact]
    public void Who_waits_in_the_end_by_the_stores_has_waited_all_the_time()
    {
        Plays("10-20 bob joins 1", "21-30 dora claims claimed");
        Assert.Empty(_judge.FindOvertaken());
        _judge.WaitsAtTheEnd("bob");
        Assert.Equal(["dora won by a claim while bob waited"], _judge.FindOvertaken());
    }

    [Theory]
    [InlineData(true, "10-20 bob joins 1", "21-30 carl joins 2", "40-50 carl looks 0", "51-60 bob looks 1")]
    [InlineData(true, "10-20 bob joins 1", "21-30 carl joins 2", "40-50 carl claims already-claimed", "51-60 bob claims waiting")]
    // They joined at the same time.
    [InlineData(false, "10-20 bob joins 1", "19-30 carl joins 2", "40-50 carl looks 0", "51-60 bob looks 1")]
    // Bob may have been served before.
    [InlineData(false, "10-20 bob joins 1", "21-30 carl joins 2", "40-50 carl looks 0", "50-60 bob looks 1")]
    [InlineData(false, "10-20 bob joins 1", "21-30 carl joins 2", "40-50 bob looks 0", "51-60 carl looks 1")]
    public void Those_in_line_are_served_in_its_order(bool isLie, params string[] story)
    {
        Plays(story);
        Assert.Empty(_lies);
        Assert.Equal(isLie ? ["carl was served while bob waited, who had joined before"] : [], _judge.FindOvertaken());
    }

    [Fact]
    public void Of_a_crowd_in_line_the_one_who_was_overtaken_is_found()
    {
        Plays([.. Enumerable.Range(0, 100).Select(i => $"{10 * i + 1}-{10 * i + 5} w{i} joins {i + 1}")]);
        Plays([.. Enumerable.Range(0, 50).Where(i => i != 17).Select(i => $"{2000 + i}-{2100 + i} w{i} looks 0")]);
        Plays("3000-3001 w17 looks 1");
        Assert.All(_judge.FindOvertaken(), overtaken => Assert.Contains("w17", overtaken, StringComparison.Ordinal));
        Assert.Equal(32, _judge.FindOvertaken().Count());
    }

    /// <summary>Hears a story: each line a time, or when it was sent and answered, a customer and what happens.</summary>
    private void Plays(params string[] story)
    {
        foreach (var words in story.Select(line => line.Split(' ')))
        {
            var times = Array.ConvertAll(words[0].Split('-'), time => long.Parse(time) * Stopwatch.Frequency / 1_000);
            var (who, sent, told, what) = (words[1], times[0], times[^1], words.Length > 3 ? words[3] : "");
            if (words[2] == "joins")
                _judge.AskJoin(who, sent);
            if (Hears(words[2], who, what, sent, told) is { } lie)
                _lies.Add(lie);
        }
    }

    private string? Hears(string does, string who, string what, long sent, long told)
    {
        switch (does)
        {
            case "claims":
                return _judge.HearClaim(who, ClaimJudge.MeaningOf(what == "claimed" ? 201 : 204, what, saysWhenToRetry: true, hasTerms: true)!.Value, sent, told);
            case "joins" or "looks":
                return _judge.HearPlace(who, long.Parse(what), sent, told);
            case "is-refused":
                return _judge.HearNoPlace(who, what, sent, told);
            case "leaves":
                _judge.AskLeave(who, sent);
                return null;
            case "is-out":
                return _judge.HearLeave(who, isOwner: false, sent, told);
            case "returns":
                _judge.AskReturn(who, sent);
                return null;
            case "hears":
                return _judge.HearReturn(who, what == "returned" ? null : what, sent, told);
            case "redeems":
                _judge.AskRedemption(who, sent);
                return null;
            case "is-redeemed":
                return _judge.HearRedemption(who, refusal: null, sent, told);
            case "is-not-redeemed":
                return _judge.HearRedemption(who, what, sent, told);
            case "undoes":
                _judge.AskUndo(who, sent);
                return null;
            default:
                _judge.HearUndone(who);
                return null;
        }
    }
}
