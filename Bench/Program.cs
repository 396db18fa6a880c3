using System.CommandLine;
using SecKill.Bench;
using SecKill.Bench.Capacity;
using SecKill.Bench.Cluster;
using SecKill.Bench.Commands;
using SecKill.Bench.Scaling;

// Read by .NET before the first socket: answers are handled where they arrive instead of by a further thread, which
// halves what a request costs here, and so leaves more of a shared machine to the server.
Environment.SetEnvironmentVariable(ClientSettings.InlineCompletions, "1");

return await CommandLine.RunAsync(new RootCommand("Loads a SecKill server through its REST API, measures it, and checks that it kept its word.")
{
    SellCommand.Create(),
    StampedeCommand.Create(),
    ManyCommand.Create(),
    BrowseCommand.Create(),
    JourneyCommand.Create(),
    RehearseCommand.Create(),
    DemoCommand.Create(),
    TokensCommand.Create(),
    ScaleCommand.Create(),
    ClusterCommand.Create(),
    CapacityCommand.Create(),
}, args);
