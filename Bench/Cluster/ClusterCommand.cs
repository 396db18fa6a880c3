using System.CommandLine;
using SecKill.Bench.Commands;
using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Cluster;

/// <summary><c>bench cluster</c>: its options, and the commands for a running cluster.</summary>
internal static class ClusterCommand
{
    private const string DefaultFolder = ".cluster";

    public static Command Create()
    {
        var folder = new Option<string>("--data") { Description = "Holds its data, secrets and logs.", DefaultValueFactory = _ => DefaultFolder, HelpName = "folder", Recursive = true };
        var silos = SharedOptions.Count("--silos", "Silos to start.", 2, highest: 32);
        var gateways = SharedOptions.Count("--gateways", "Gateways to start.", 2, highest: 32);
        var port = SharedOptions.Count("--port", "Where clients connect: to nginx, or to the first gateway if nginx is not installed.", 20080, highest: 65535);
        var fresh = new Option<bool>("--fresh") { Description = "Deletes the data that an earlier cluster has left in the folder." };
        var noProxy = new Option<bool>("--no-proxy") { Description = "Starts no nginx in front of the gateways, though it is installed." };
        var product = SharedOptions.Product();
        var command = new Command("cluster", """
            Runs a whole cluster on this machine, until Ctrl+C: Redis, MySQL, silos, gateways and, if it is installed, nginx in front,
            each a process of its own, on loopback. Data are kept from one start to the next. Linux only.
            """)
        {
            folder, silos, gateways, port, fresh, noProxy, product,
        };
        command.Runs((parsed, stop) => new ClusterRun(new ClusterOptions(
            parsed.GetValue(folder)!, parsed.GetValue(silos), parsed.GetValue(gateways), parsed.GetValue(port), parsed.GetValue(fresh), parsed.GetValue(noProxy))
        {
            Product = parsed.GetValue(product),
        }, Console.Out).RunAsync(stop));

        command.Subcommands.Add(Order("status", "Lists the processes of the running cluster, and the coupons of each silo.", folder));
        command.Subcommands.Add(Order("add", "Starts one more silo or gateway.", folder, Kind()));
        command.Subcommands.Add(Order("stop", "Stops a silo or gateway gracefully.", folder, Kind(), Number()));
        command.Subcommands.Add(Order("kill", "Kills a silo or gateway (kill -9).", folder, Kind(), Number()));
        command.Subcommands.Add(Down(folder));
        return command;
    }

    private static Command Order(string name, string description, Option<string> folder, params Argument[] arguments)
    {
        var command = new Command(name, description);
        foreach (var argument in arguments)
            command.Arguments.Add(argument);
        command.Runs(async (parsed, stop) =>
        {
            var words = arguments.Select(argument => parsed.GetResult(argument)!.Tokens[0].Value);
            return await TellAsync(parsed.GetValue(folder)!, string.Join(' ', [name, .. words]), stop);
        });
        return command;
    }

    private static Command Down(Option<string> folder)
    {
        var command = new Command("down", "Stops the running cluster, and returns when all of it has ended; its data are kept.");
        command.Runs(async (parsed, stop) =>
        {
            var code = await TellAsync(parsed.GetValue(folder)!, command.Name, stop);
            if (code == CommandLine.Good)
                await Control.EndedAsync(parsed.GetValue(folder)!, Console.Out, stop);
            return code;
        });
        return command;
    }

    private static async Task<int> TellAsync(string folder, string order, CancellationToken stop) =>
        await Control.TellAsync(folder, order, Console.Out, Console.Error, stop) ? CommandLine.Good : CommandLine.Unusable;

    private static Argument<string> Kind()
    {
        var kind = new Argument<string>("kind") { Description = "silo or gateway" };
        kind.AcceptOnlyFromAmong([.. Enum.GetNames<MemberKind>().Select(name => name.ToLowerInvariant())]);
        return kind;
    }

    private static Argument<int> Number() => new("number") { Description = "Its number, as listed by status." };
}
