using SecKill.Bench;
using SecKill.Bench.Capacity;
using SecKill.Bench.Cluster;
using SecKill.Bench.Commands;
using SecKill.Bench.Scaling;

// Read by .NET before the first socket: replies are handled by the thread that polls, which halves the cost of a request here
// and leaves more of a shared machine to the server.
Environment.SetEnvironmentVariable(ClientSettings.InlineCompletions, "1");

return await CommandLine.RunAsync(
    "Loads a SecKill server through its REST API, measures it, and checks that it kept its word.",
    [
        .. ScenarioCommands.All(), RehearseCommand.Create(), DemoCommand.Create(), TokensCommand.Create(), ScaleCommand.Create(), ClusterCommand.Create(),
        CapacityCommand.Create(),
    ], args);
