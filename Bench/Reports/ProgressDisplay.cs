using SecKill.Bench.Load;
using Spectre.Console;

namespace SecKill.Bench.Reports;

/// <summary>Shows on the standard error how far a run is: bars on a terminal, a line for each new phase elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs something and shows how far it is.</summary>
    public static Task<T> RunAsync<T>(bool isQuiet, Func<IProgress<RunProgress>, Task<T>> action)
    {
        if (isQuiet)
            return action(new Silence());
        if (Console.IsErrorRedirected)
            return action(new Lines());
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

    private sealed class Lines : IProgress<RunProgress>
    {
        private readonly Lock _lock = new();
        private string _phase = "";

        public void Report(RunProgress value)
        {
            lock (_lock)
            {
                if (value.Phase == _phase)
                    return;
                _phase = value.Phase;
                Console.Error.WriteLine($"{value.Phase}{(value.Total > 0 ? $", {value.Total:0.##} {value.Unit}" : "")} …");
            }
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
