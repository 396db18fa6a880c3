using System.Globalization;

namespace SecKill.Tests.Faults.Drills;

/// <summary>What a drill did and measured: progress for the console, figures for the docs.</summary>
internal sealed class DrillReport(string drill, int seed)
{
    private static readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>One line of progress, to diagnose failed drills.</summary>
    public void Note(FormattableString what) => Write($"{_clock.Elapsed.TotalSeconds,7:0.0} s  {what.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>The result: a line that goes into the report.</summary>
    public void Figure(FormattableString what)
    {
        var line = $"{drill} (seed {seed}): {what.ToString(CultureInfo.InvariantCulture)}";
        Write(line);
        if (DrillTerms.ReportFile is { } file)
        {
            lock (_gate)
                File.AppendAllText(file, line + "\n");
        }
    }

    private void Write(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        // Drills with a report file run for minutes; show progress.
        if (DrillTerms.ReportFile is not null)
            Console.WriteLine($"{drill}: {line}");
    }
}

/// <summary>How long it took, round after round.</summary>
internal sealed class Durations
{
    private readonly List<double> _seconds = [];

    public void Add(TimeSpan duration) => _seconds.Add(duration.TotalSeconds);

    public override string ToString()
    {
        if (_seconds.Count == 0)
            return "never";
        var sorted = _seconds.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"median {sorted[sorted.Length / 2]:0.0} s, longest {sorted[^1]:0.0} s");
    }
}
