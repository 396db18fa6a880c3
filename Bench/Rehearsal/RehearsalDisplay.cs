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
            return action(ProgressDisplay.None);
        if (Console.IsErrorRedirected)
            return action(new ProgressLines(() => sale.Answers is null ? null : $"{sale.Elapsed,5:0.0} s: {string.Join("; ", Facts(sale).Select(fact => fact.Text))}"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Live(new Text("")).AutoClear(true).StartAsync(live => action(new Table(sale, live)));
    }

    private static IEnumerable<(string Title, string Text)> Facts(SaleProgress sale)
    {
        var result = OperationResult.Of(sale.Answers ?? new());
        var latency = result.LatencyMicros;
        yield return ("arrivals", $"{sale.Arrived:N0} of {sale.Options.Users:N0} have come");
        yield return ("rate", $"{result.Answers / Math.Max(0.001, sale.Elapsed):N0} answers/s");
        yield return ("answers", string.Join(", ", [.. result.Statuses.Concat(result.TransportErrors).Select(kind => $"{kind.Value:N0} × {kind.Key}"), $"{sale.Retried:N0} retries"]));
        yield return ("latency", $"p50 {TextReport.Time(latency.P50)}, p99 {TextReport.Time(latency.P99)}, max {TextReport.Time(latency.Max)}");
        yield return ("units", $"{sale.Left:N0} left{(sale.SoldOutAfterSeconds is { } seconds ? $", sold out after {seconds:0.00} s" : "")}");
    }

    private sealed class Table(SaleProgress sale, LiveDisplayContext live) : IProgress<RunProgress>
    {
        private const int BarWidth = 30;
        private readonly Lock _lock = new();

        public void Report(RunProgress value)
        {
            lock (_lock)
            {
                if (sale.Answers is null)
                    live.UpdateTarget(new Text($"{value.Phase} {(value.Total > 0 ? $"{value.Done:N0} of {value.Total:N0} {value.Unit}" : "")}"));
                else
                    live.UpdateTarget(Render(value.Phase));
            }
        }

        private Panel Render(string phase)
        {
            var arrived = (int)Math.Round(Math.Clamp((double)sale.Arrived / sale.Options.Users, 0, 1) * BarWidth);
            var grid = new Grid().AddColumn().AddColumn();
            grid.AddRow("[bold]sale[/]", $"{Markup.Escape(phase)}, {sale.Elapsed:0.0} s");
            grid.AddRow("", $"[green]{new string('━', arrived)}[/][grey]{new string('━', BarWidth - arrived)}[/]");
            foreach (var (title, text) in Facts(sale))
                grid.AddRow($"[bold]{title}[/]", Markup.Escape(text));
            return new Panel(grid).Header("SecKill rehearsal");
        }
    }
}
