using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench sell</c>.</summary>
internal static class SellCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var pieces = Counts.Option("--pieces", "Pieces of the coupon; as good as endless by default.", ScenarioOptions.Plenty);
        return ScenarioCommand.Create("sell", """
            Sells pieces of one coupon as fast as it goes: each claim comes from a new user, and is won.

            Example: bench sell --signing-key-file data/signing.key --connections 128 --duration 10s
            """, SellScenario.RunAsync, [pieces], (options, parsed) => options with { Pieces = parsed.GetValue(pieces) });
    }
}
