using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench many</c>.</summary>
internal static class ManyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var coupons = Counts.Option("--coupons", "How many coupons are on sale.", 100);
        var pieces = Counts.Option("--pieces", "Pieces of each coupon; as good as endless by default.", ScenarioOptions.Plenty);
        return ScenarioCommand.Create("many", """
            Sells many coupons at once; each claim comes from a new user, and users are spread over the coupons.

            Example: bench many --signing-key-file data/signing.key --coupons 100 --duration 10s
            """, ManyScenario.RunAsync, [coupons, pieces],
            (options, parsed) => options with { Coupons = parsed.GetValue(coupons), Pieces = parsed.GetValue(pieces) });
    }
}
