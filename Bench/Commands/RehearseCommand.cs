using System.CommandLine;
using SecKill.Bench.Rehearsal;

namespace SecKill.Bench.Commands;

/// <summary><c>bench rehearse</c>.</summary>
internal static class RehearseCommand
{
    private const int Connections = 1_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var users = SharedOptions.Count("--users", "How many customers come. Each wants one coupon; they are spread over the coupons.", 5_000, highest: 10_000_000);
        var coupons = SharedOptions.Count("--coupons", "How many coupons are on sale.", 1);
        var units = SharedOptions.Units("Units of each coupon.", 100);
        var curve = new Option<ArrivalCurve>("--curve")
        {
            Description = "How the customers arrive: burst (most at first, then ever fewer), ramp (ever more), steady.",
            DefaultValueFactory = _ => ArrivalCurve.Burst,
        };
        var duration = Durations.Option("--duration", "The time within which all of them arrive: 30s, 2m, or plain seconds.", "30s");
        var startsIn = Durations.Option("--starts-in", "How long after their creation the coupons go on sale. Customers who come earlier wait for the start, as the page does.", "at once");
        var returns = new Option<double>("--returns")
        {
            Description = "The part of the owners who give their unit back soon after they have won, 0 to 1.",
        }.Within(0, 1);
        var waitlist = new Option<int>("--waitlist")
        {
            Description = "How many may wait for a unit of each coupon. Then who is told that it is sold out joins the line, and looks at the place until some seconds after the last arrival.",
        }.Within(0, 1_000_000);
        var redeem = new Option<double>("--redeem")
        {
            Description = "The part of the owners whose unit a till redeems, 0 to 1. Some of them want to give it back too, before or after it: one of both must be refused.",
        }.Within(0, 1);
        var retries = new Option<int>("--retries")
        {
            Description = "How often a customer retries after a 503 or a lost connection; after Retry-After, or a second.",
            DefaultValueFactory = _ => 5,
        }.Within(0, 1_000);

        var command = new Command("rehearse", """
            Plays a whole sale on your installation, with a crowd that arrives as a real one does, and reports how it went.

            Example: bench rehearse --signing-key-file data/signing.key --users 20000 --units 500 --curve burst --duration 30s
                     bench rehearse --signing-key-file data/signing.key --users 20000 --units 500 --returns 0.2 --waitlist 5000 --redeem 0.5
            """)
        {
            users, coupons, units, curve, duration, startsIn, returns, waitlist, redeem, retries,
        };
        var server = new ServerOptions(Connections);
        server.AddTo(command);
        var output = new OutputOptions();
        output.AddTo(command);
        command.Runs(async (parsed, stop) =>
        {
            var options = server.Read(parsed);
            if (!output.IsQuiet(parsed))
                await Console.Error.WriteLineAsync($"The crowd comes to {string.Join(", ", options.Urls)}");
            var sale = new SaleProgress(new RehearsalOptions(
                options with
                {
                    Coupons = parsed.GetValue(coupons),
                    Units = parsed.GetValue(units),
                    StartsIn = parsed.GetValue(startsIn),
                    HasReturns = parsed.GetValue(returns) > 0,
                    Waitlist = parsed.GetValue(waitlist),
                },
                parsed.GetValue(users), parsed.GetValue(curve), parsed.GetValue(duration) ?? TimeSpan.FromSeconds(30), parsed.GetValue(retries))
            {
                Returns = parsed.GetValue(returns),
                Redeemed = parsed.GetValue(redeem),
            });
            var result = await RehearsalDisplay.RunAsync(output.IsQuiet(parsed), sale, progress => SaleRehearsal.RunAsync(sale, progress, stop));
            return await output.WriteAsync(parsed, result);
        });
        return command;
    }
}
