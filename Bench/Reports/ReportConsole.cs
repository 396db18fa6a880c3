using Spectre.Console;

namespace SecKill.Bench.Reports;

/// <summary>The console for a command's lines and tables.</summary>
internal static class ReportConsole
{
    private const int WidthOfFiles = 200;

    /// <summary>Makes it.</summary>
    /// <param name="json">Where the report goes as JSON; if to standard output, the lines go to standard error.</param>
    public static IAnsiConsole Create(string? json)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(json == JsonReport.StandardOutput ? Console.Error : Console.Out),
        });
        // Lines in a file need not fit a terminal.
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthOfFiles;
        return console;
    }
}
