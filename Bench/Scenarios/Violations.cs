using SecKill.Bench.Reports;

namespace SecKill.Bench.Scenarios;

/// <summary>Wrong answers; the first few in words. Thread-safe.</summary>
internal sealed class Violations
{
    private const int Kept = 3;
    private readonly List<string> _first = [];
    private readonly Lock _lock = new();
    private long _checked;
    private long _count;

    /// <summary>An answer was looked at.</summary>
    public void CountChecked() => Interlocked.Increment(ref _checked);

    /// <summary>An answer was wrong.</summary>
    public void Add(string violation)
    {
        lock (_lock)
        {
            if (_count++ < Kept)
                _first.Add(violation);
        }
    }

    /// <summary>The check that there was none.</summary>
    public CheckResult Check(string name, string expected, string ofWhat = "lists")
    {
        lock (_lock)
        {
            return new CheckResult(name, _count == 0, expected,
                _count == 0 ? $"so in all {_checked:N0} {ofWhat}" : $"{_count:N0} times not, first: {string.Join("; ", _first)}");
        }
    }
}
