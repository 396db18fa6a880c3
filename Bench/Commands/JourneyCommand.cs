using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench journey</c>.</summary>
internal static class JourneyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var coupons = Counts.Option("--coupons", "How many coupons are on sale; each user makes a journey for each.", 1);
        var pieces = Counts.Option("--pieces", "Pieces of each coupon; as good as endless by default.", ScenarioOptions.Plenty);
        return ScenarioCommand.Create("journey", """
            Each user looks at his own list, claims, and looks again: the second list must show what he won.

            Example: bench journey --signing-key-file data/signing.key --coupons 5 --duration 10s
            """, JourneyScenario.RunAsync, [coupons, pieces],
            (options, parsed) => options with { Coupons = parsed.GetValue(coupons), Pieces = parsed.GetValue(pieces) });
    }
}
