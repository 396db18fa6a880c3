namespace SecKill.Tests.LocalServers.Sales;

/// <summary>The result of a check.</summary>
public sealed record CheckResult(string Name, bool Passed, string Expected, string Found);

/// <summary>A value that is not as expected.</summary>
public sealed record Difference(string Expected, string Found);

/// <summary>Counts what a check has seen and found wrong, the first few in words. Thread-safe.</summary>
public sealed class Findings(string name, string expected)
{
    private const int Kept = 3;
    private readonly List<Difference> _first = [];
    private readonly Lock _lock = new();
    private long _checked;
    private long _wrong;

    /// <summary>Checks one value of each subject.</summary>
    /// <param name="differenceOf">How a subject's value is wrong; null if it is right.</param>
    public static Findings Of<T>(string name, string expected, IEnumerable<T> subjects, Func<T, string> nameOf, Func<T, Difference?> differenceOf)
    {
        var findings = new Findings(name, expected);
        foreach (var subject in subjects)
            findings.Add(nameOf(subject), differenceOf(subject));
        return findings;
    }

    /// <summary>How many values were checked.</summary>
    public long Checked => Interlocked.Read(ref _checked);

    /// <summary>A value was checked.</summary>
    public void CountChecked() => Interlocked.Increment(ref _checked);

    /// <summary>A value contradicts what must hold.</summary>
    public void Add(string found) => Add(new Difference(expected, found));

    /// <summary>A value was checked.</summary>
    /// <param name="difference">How it is wrong; null if it is right.</param>
    public void Add(string subject, Difference? difference)
    {
        CountChecked();
        if (difference is not null)
            Add(new Difference($"{subject}: {difference.Expected}", $"{subject}: {difference.Found}"));
    }

    /// <summary>Sums up.</summary>
    /// <param name="good">The finding if nothing was wrong.</param>
    public CheckResult Result(string good)
    {
        lock (_lock)
        {
            return _wrong == 0
                ? new CheckResult(name, true, expected, good)
                : new CheckResult(name, false, Join(_first.Select(one => one.Expected).Distinct()), Join(_first.Select(one => one.Found)) + More);
        }
    }

    private string More => _wrong > Kept ? $"; and {_wrong - Kept:N0} more" : "";

    private void Add(Difference difference)
    {
        lock (_lock)
        {
            if (_wrong++ < Kept)
                _first.Add(difference);
        }
    }

    private static string Join(IEnumerable<string> texts) => string.Join("; ", texts);
}
