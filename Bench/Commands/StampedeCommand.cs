using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench stampede</c>.</summary>
internal static class StampedeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var pieces = Counts.Option("--pieces", "Pieces of the coupon.", 100);
        return ScenarioCommand.Create("stampede", """
            A crowd of new users wants a coupon of few pieces: so many win, all others are told that it is sold out.

            Example: bench stampede --signing-key-file data/signing.key --pieces 100 --duration 10s
            """, StampedeScenario.RunAsync, [pieces], (options, parsed) => options with { Pieces = parsed.GetValue(pieces) });
    }
}
