using System.Globalization;
using SecKill.Bench.Machine;
using SecKill.Tests.LocalServers.Sales;
using Spectre.Console;

namespace SecKill.Bench.Scaling;

/// <summary>The report for people.</summary>
internal static class ScaleReport
{
    /// <summary>One line of progress.</summary>
    public static void PrintLine(ScaleStage stage, IAnsiConsole console) => console.MarkupLineInterpolated(
        CultureInfo.InvariantCulture,
        $"  {stage.After,-20} {stage.Gateways} gateways, {stage.Silos} silos; {stage.Coupons} coupons: {Placement(stage)}; {stage.ClaimsPerSecond:N0} claims/s");

    /// <summary>All of it.</summary>
    public static void Print(IReadOnlyList<ScaleStage> stages, IReadOnlyList<CheckResult> checks, bool wasCutShort, MachineFacts machine, IAnsiConsole console)
    {
        if (stages.Count > 0)
            console.Write(TableOf(stages));
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{machine.Cores} cores of {machine.Cpu}, {machine.Kernel}, data on {machine.DataOn}. All processes and the load share them: more of them add no speed here, but cost.");
        foreach (var check in checks)
        {
            if (check.Passed)
                console.MarkupLineInterpolated($"[green]ok[/]      {check.Name}: {check.Found}");
            else
                console.MarkupLineInterpolated($"[red bold]WRONG[/]   {check.Name}: {check.Expected} expected; {check.Found}");
        }
        console.MarkupLine(!checks.All(check => check.Passed) ? "[red bold]Not exact.[/]"
            : wasCutShort ? "[yellow]Every claim is exact up to where the run was cut short.[/]" : "[green]Every claim is exact.[/]");
    }

    private static Table TableOf(IReadOnlyList<ScaleStage> stages)
    {
        var table = new Table { Border = TableBorder.Ascii2 };
        table.AddColumn("after");
        foreach (var column in (string[])["gateways", "silos", "took s", "sold again s", "coupons"])
            table.AddColumn(new TableColumn(column).RightAligned());
        table.AddColumn("coupons on silo (number): how many");
        foreach (var column in (string[])["claims/s", "of start", "503", "unanswered"])
            table.AddColumn(new TableColumn(column).RightAligned());
        table.AddColumn("CPU µs a claim");
        foreach (var stage in stages)
            table.AddRow([.. Cells(stage, stages[0]).Select(cell => new Text(cell))]);
        return table;
    }

    private static IEnumerable<string> Cells(ScaleStage stage, ScaleStage start)
    {
        yield return stage.After;
        yield return $"{stage.Gateways}";
        yield return $"{stage.Silos}";
        yield return Number(stage.ChangeSeconds, "0.0");
        yield return Number(stage.SoldAgainSeconds, "0.0");
        yield return $"{stage.Coupons}";
        yield return Placement(stage);
        yield return Number(stage.ClaimsPerSecond, "N0");
        yield return Number(stage.ClaimsPerSecond / start.ClaimsPerSecond, "0.00");
        yield return Number(stage.Undecided, "N0");
        yield return Number(stage.Unanswered, "N0");
        yield return string.Join(", ", stage.MicrosPerClaim.Select(kind => $"{kind.Key} {Number(kind.Value, "0.0")}"));
    }

    private static string Placement(ScaleStage stage) => string.Join(", ", stage.Placement.Select(silo => $"{silo.Key.Split(' ')[1]}: {silo.Value}"));

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
