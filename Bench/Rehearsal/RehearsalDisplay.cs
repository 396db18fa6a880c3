using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using Spectre.Console;

namespace SecKill.Bench.Rehearsal;

/// <summary>Shows a sale while it goes, on the standard error: a table that changes on a terminal, a line a second elsewhere.</summary>
internal static class RehearsalDisplay
{
    /// <summary>Runs something and shows the sale meanwhile.</summary>
    public static Task<T> RunAsync<T>(bool isQuiet, SaleProgress sale, Func<IProgress<RunProgress>, Task<T>> action)
    {
        if (isQuiet)
            return ProgressDisplay.RunAsync(isQuiet, action);
        if (Console.IsErrorRedirected)
            return action(new Lines(sale));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Live(new Text("")).AutoClear(true).StartAsync(live => action(new Table(sale, live)));
    }

    private static string Summary(SaleProgress sale)
    {
        var view = SaleView.Of(sale);
        return $"{sale.Elapsed,5:0.0} s: {view.Arrived}; {view.Rate}; {view.Outcomes}; {view.Latency}; {view.Left}";
    }

    private sealed class Lines(SaleProgress sale) : IProgress<RunProgress>
    {
        private readonly Lock _lock = new();
        private string _phase = "";
        private long _nextLine;

        public void Report(RunProgress value)
        {
            lock (_lock)
            {
                if (value.Phase != _phase)
                    Console.Error.WriteLine($"{_phase = value.Phase} …");
                if (sale.Answers is null || Clock.Now < _nextLine)
                    return;
                _nextLine = Clock.Now + Clock.Ticks(TimeSpan.FromSeconds(1));
                Console.Error.WriteLine(Summary(sale));
            }
        }
    }

    private sealed class Table(SaleProgress sale, LiveDisplayContext live) : IProgress<RunProgress>
    {
        private readonly Lock _lock = new();

        public void Report(RunProgress value)
        {
            lock (_lock)
            {
                if (sale.Answers is null)
                    live.UpdateTarget(Waiting(value));
                else
                    live.UpdateTarget(Render(value.Phase));
            }
        }

        private static Markup Waiting(RunProgress value) =>
            new($"{Markup.Escape(value.Phase)} {(value.Total > 0 ? $"{value.Done:N0} of {value.Total:N0} {value.Unit}" : "")}");

        private Panel Render(string phase)
        {
            var view = SaleView.Of(sale);
            var grid = new Grid().AddColumn().AddColumn();
            grid.AddRow("[bold]sale[/]", $"{Markup.Escape(phase)}, {sale.Elapsed:0.0} s");
            grid.AddRow("[bold]arrivals[/]", $"{Bar((double)sale.Arrived / sale.Options.Users)} {view.Arrived}");
            grid.AddRow("[bold]rate[/]", view.Rate);
            grid.AddRow("[bold]answers[/]", view.Outcomes);
            grid.AddRow("[bold]latency[/]", view.Latency);
            grid.AddRow("[bold]pieces[/]", view.Left);
            return new Panel(grid).Header("SecKill rehearsal");
        }

        private static string Bar(double part)
        {
            const int Width = 30;
            var full = (int)Math.Round(Math.Clamp(part, 0, 1) * Width);
            return $"[green]{new string('━', full)}[/][grey]{new string('━', Width - full)}[/]";
        }
    }
}
