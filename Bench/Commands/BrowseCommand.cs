using System.CommandLine;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench browse</c>.</summary>
internal static class BrowseCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var coupons = Counts.Option("--coupons", "How many coupons the seller has; a page shows 20.", 20);
        var pieces = Counts.Option("--pieces", "Pieces of each coupon; as good as endless by default.", ScenarioOptions.Plenty);
        var share = new Option<double>("--selling-share")
        {
            Description = "Which part of the connections claims while the others read, 0 to 1.",
            DefaultValueFactory = _ => new ScenarioOptions().SellingShare,
        }.Within(0, 1);
        return ScenarioCommand.Create("browse", """
            Customers read a seller's list while others claim the coupons in it. Each list is held to what was won before.

            Example: bench browse --signing-key-file data/signing.key --coupons 20 --selling-share 0.1 --duration 10s
            """, BrowseScenario.RunAsync, [coupons, pieces, share], (options, parsed) => options with
        {
            Coupons = parsed.GetValue(coupons),
            Pieces = parsed.GetValue(pieces),
            SellingShare = parsed.GetValue(share),
        });
    }
}
