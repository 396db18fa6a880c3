using System.CommandLine;
using System.CommandLine.Invocation;
using SecKill.Tests.LocalServers;

namespace SecKill.Bench.Commands;

/// <summary>Runs the command line; turns failures into one line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>All checks hold.</summary>
    public const int Good = 0;

    /// <summary>A wrong option, or a server that cannot be used.</summary>
    public const int Unusable = 1;

    /// <summary>A check does not hold.</summary>
    public const int CheckFailed = 2;

    /// <summary>The exit code after checks.</summary>
    public static int CodeOf(bool passed) => passed ? Good : CheckFailed;

    // After Ctrl+C a run is still checked and reported.
    private static readonly TimeSpan _timeToReport = TimeSpan.FromMinutes(3);

    /// <summary>Runs one of the commands.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string description, IEnumerable<Command> commands, string[] args)
    {
        var root = new RootCommand(description);
        foreach (var command in commands)
            root.Subcommands.Add(command);
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction complaint)
            complaint.ShowHelp = false;
        return parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = _timeToReport });
    }

    /// <summary>Sets what a command does; failures become a line and an exit code.</summary>
    public static void Runs(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, stop) =>
        {
            try
            {
                return await action(parsed, stop);
            }
            catch (Exception fault) when (fault is BenchException or LocalServerException or EventuallyException or TimeoutException)
            {
                await Console.Error.WriteLineAsync(fault.Message);
                return Unusable;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Stopped before there was anything to report.");
                return Unusable;
            }
        });
}
