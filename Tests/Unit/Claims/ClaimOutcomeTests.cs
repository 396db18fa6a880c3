using SecKill.Gateway.Claims;
using SecKill.Grains.Stock;

namespace SecKill.Tests.Unit.Claims;

/// <summary>Scripts, counters and answers know every outcome by its number.</summary>
public sealed class ClaimOutcomeTests
{
    private static readonly ClaimOutcome[] _all = Enum.GetValues<ClaimOutcome>();

    [Fact]
    public void Outcomes_are_numbered_without_a_gap_since_counters_are_found_by_number() =>
        Assert.Equal(Enumerable.Range(0, _all.Length), _all.Select(outcome => (int)outcome).Order());

    [Fact]
    public void Every_outcome_is_one_character_that_lua_takes_in_quotes() => Assert.All(Enumerable.Range(0, 44), outcome =>
    {
        var character = Assert.Single(ScriptText.CharacterOf(outcome));
        Assert.True(character is > ' ' and < '\\' and not '\'' && char.IsAscii(character), $"{character}");
        Assert.Equal(outcome, character - '0');
    });

    [Fact]
    public void Every_outcome_has_an_answer_and_sellers_one_more() => Assert.Equal(_all.Length + 1, ClaimEndpoint.Replies.Length);
}
