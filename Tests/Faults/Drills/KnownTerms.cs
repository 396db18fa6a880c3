namespace SecKill.Tests.Faults.Drills;

/// <summary>
/// What a sale's terms were at each moment as far as its seller can know: from when a change was asked for until it was answered, those of
/// before or after it; from then on those of after it. Judges when units were won.
/// </summary>
internal sealed class KnownTerms(int amount)
{
    // Refusals may be of a lease, and follow units that come back for as long.
    private const long Quiet = 500_000;

    private readonly List<Step> _steps = [new(0, 0, new Terms(amount, MaySell: true), "created")];

    /// <summary>The terms that hold now.</summary>
    public Terms Last => _steps[^1].Terms;

    /// <summary>A change was answered.</summary>
    /// <param name="asked">Before it was first asked for, in microseconds since 1970.</param>
    /// <param name="answered">After it was answered, likewise.</param>
    public void Note(long asked, long answered, Terms terms, string what) => _steps.Add(new Step(asked, answered, terms, what));

    /// <summary>Wins that no terms allowed which may have held when they were decided.</summary>
    /// <param name="rows">All, in the order of their decisions.</param>
    public IEnumerable<string> FindWrong(IReadOnlyList<(string Customer, long Micros)> rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var (customer, micros) = rows[i];
            var possible = Between(micros, micros);
            if (!possible.Any(step => step.Terms.MaySell))
                yield return $"{customer} won at {micros}, {micros - possible[0].Answered} µs after this was answered: {possible[0].What}";
            if (i + 1 > possible.Max(step => step.Terms.Amount))
                yield return $"{customer} won at {micros}, the {i + 1}th owner under an amount of {possible.Max(step => step.Terms.Amount)}: {possible[0].What}";
        }
    }

    /// <summary>Answers that no terms allowed which may have held while the claim was under way.</summary>
    public IEnumerable<string> FindFalse(IEnumerable<ToldClaim> told) => told
        .Where(one => one.Word switch
        {
            "claimed" => !Between(one.Sent, one.Told).Exists(step => step.Terms.MaySell),
            "paused" or "ended" => Between(one.Sent - Quiet, one.Told).TrueForAll(step => step.Terms.MaySell),
            _ => false,
        })
        .Select(one => $"{one}, after {Between(one.Sent, one.Told)[0]}");

    /// <summary>The step that held at first, and those that may have taken effect since.</summary>
    private List<Step> Between(long from, long until)
    {
        var first = Math.Max(0, _steps.FindLastIndex(step => step.Answered < from));
        return [.. _steps.Skip(first).Where((step, i) => i == 0 || step.Asked <= until)];
    }

    private sealed record Step(long Asked, long Answered, Terms Terms, string What);
}

/// <summary>Terms by which wins are judged.</summary>
/// <param name="Amount">The most owners.</param>
/// <param name="MaySell">Whether it is neither paused nor over.</param>
internal sealed record Terms(long Amount, bool MaySell);
