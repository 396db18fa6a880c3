using System.CommandLine;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Commands;

/// <summary><c>bench sell</c>, <c>stampede</c>, <c>many</c>, <c>browse</c> and <c>journey</c>: each plays a scenario and reports.</summary>
internal static class ScenarioCommands
{
    private const string Endless = "Units of each coupon; as good as endless by default.";

    /// <summary>Makes the commands.</summary>
    public static IEnumerable<Command> All() =>
    [
        Create(LoadScenario.Sell, """
            Sells units of one coupon at full speed: each claim comes from a new user, and is won.

            Example: bench sell --signing-key-file data/signing.key --connections 128 --duration 10s
            """, SharedOptions.Units(Endless, ScenarioOptions.Plenty)),
        Create(LoadScenario.Stampede, """
            A crowd of new users wants a coupon of few units: so many win, all others are told that it is sold out.

            Example: bench stampede --signing-key-file data/signing.key --units 100 --duration 10s
            """, SharedOptions.Units("Units of the coupon.", 100)),
        Create(LoadScenario.Many, """
            Sells many coupons at once; each claim comes from a new user, and users are spread over the coupons.

            Example: bench many --signing-key-file data/signing.key --coupons 100 --duration 10s
            """, SharedOptions.Units(Endless, ScenarioOptions.Plenty), SharedOptions.Count("--coupons", "How many coupons are on sale.", 100)),
        Create(LoadScenario.Browse, """
            Customers list a seller's coupons while others claim them. Each list is checked against what was won before.

            Example: bench browse --signing-key-file data/signing.key --coupons 20 --selling-share 0.1 --duration 10s
            """, SharedOptions.Units(Endless, ScenarioOptions.Plenty), SharedOptions.Count("--coupons", "How many coupons the seller has; a page shows 20.", 20),
            new Option<double>("--selling-share")
            {
                Description = "The part of the connections that claims while the others list, 0 to 1.",
                DefaultValueFactory = _ => new ScenarioOptions().SellingShare,
            }.Within(0, 1)),
        Create(LoadScenario.Journey, """
            Each user lists its own coupons, claims, and lists them again: the second list must show the win.

            Example: bench journey --signing-key-file data/signing.key --coupons 5 --duration 10s
            """, SharedOptions.Units(Endless, ScenarioOptions.Plenty), SharedOptions.Count("--coupons", "How many coupons are on sale; each user makes a journey for each.", 1)),
    ];

    private static Command Create(LoadScenario scenario, string description, Option<int> units, Option<int>? coupons = null, Option<double>? sellingShare = null)
    {
        var command = new Command(scenario.Name, description);
        foreach (var option in new Option?[] { coupons, units, sellingShare }.OfType<Option>())
            command.Options.Add(option);
        var load = new LoadOptions();
        load.AddTo(command);
        var output = new OutputOptions();
        output.AddTo(command);
        command.Runs(async (parsed, stop) =>
        {
            var options = load.Read(parsed) with { Units = parsed.GetValue(units) };
            if (coupons is not null)
                options = options with { Coupons = parsed.GetValue(coupons) };
            if (sellingShare is not null)
                options = options with { SellingShare = parsed.GetValue(sellingShare) };
            var result = await ProgressDisplay.RunAsync(output.IsQuiet(parsed), progress => scenario.RunAsync(options, progress, stop));
            return await output.WriteAsync(parsed, result);
        });
        return command;
    }
}
