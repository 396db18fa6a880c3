using SecKill.Bench.Load;
using Spectre.Console;

namespace SecKill.Bench.Reports;

/// <summary>Shows on the standard error how far a run is: bars on a terminal, a line for each new phase elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Shows nothing.</summary>
    public static IProgress<RunProgress> None { get; } = new Silence();

    /// <summary>Runs something and shows how far it is.</summary>
    public static Task<T> RunAsync<T>(bool isQuiet, Func<IProgress<RunProgress>, Task<T>> action)
    {
        if (isQuiet)
            return action(None);
        if (Console.IsErrorRedirected)
            return action(new ProgressLines());
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(bars => action(new Bars(bars)));
    }

    private sealed class Silence : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<RunProgress>
    {
        private readonly Lock _lock = new();
        private string _phase = "";
        private ProgressTask? _bar;

        public void Report(RunProgress value)
        {
            lock (_lock)
            {
                if (value.Phase != _phase)
                {
                    _bar?.StopTask();
                    _bar = context.AddTask(Markup.Escape(value.Phase));
                    _phase = value.Phase;
                }
                _bar!.IsIndeterminate = value.Total <= 0;
                if (value.Total > 0)
                    _bar.MaxValue = value.Total;
                _bar.Value = Math.Max(_bar.Value, value.Done);
            }
        }
    }
}

/// <summary>Writes a line for each new phase to the standard error.</summary>
/// <param name="summary">A line to write once a second; null for none yet.</param>
internal sealed class ProgressLines(Func<string?>? summary = null) : IProgress<RunProgress>
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private string _phase = "";
    private long _nextSummary;

    public void Report(RunProgress value)
    {
        lock (_lock)
        {
            if (value.Phase != _phase)
            {
                _phase = value.Phase;
                Console.Error.WriteLine($"{value.Phase}{(value.Total > 0 ? $", {value.Total:0.##} {value.Unit}" : "")} …");
            }
            if (Clock.Now < _nextSummary || summary?.Invoke() is not { } line)
                return;
            _nextSummary = Clock.Now + Clock.Ticks(_period);
            Console.Error.WriteLine(line);
        }
    }
}
