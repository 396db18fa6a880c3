using SecKill.Bench;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Research.Compare.Contenders;

/// <summary>A server that is measured.</summary>
internal abstract class Contender : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);

    /// <summary>Its unique name in the report.</summary>
    public abstract string Name { get; }

    public abstract Uri Address { get; }

    /// <summary>What it consists of.</summary>
    public abstract IReadOnlyList<DeployedProcess> Processes { get; }

    /// <summary>Returns when it answers.</summary>
    public abstract Task StartAsync(CancellationToken stop);

    /// <summary>Has the sale's coupons created, where the contender has any.</summary>
    public virtual Task PrepareAsync(MeasuredSale sale, CancellationToken stop) => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    private protected static Uri NewAddress() => new($"http://127.0.0.1:{FreePort.Next()}");

    private protected static Task<ServerProcess> StartAsync(ServerCommand command, string name, Uri address) =>
        ServerProcess.StartAsync(command, name, () => ServerProcess.ListensAsync(address.Port), _startLimit);

    /// <summary><c>research serve</c>, with the collector of garbage that web servers have by default.</summary>
    private protected static ServerCommand Serve(params IReadOnlyList<string> arguments) =>
        new(Node.DotNet, [typeof(Contender).Assembly.Location, "serve", .. arguments])
        {
            Environment = new Dictionary<string, string?>
            {
                ["DOTNET_gcServer"] = "1",
                ["DOTNET_gcConcurrent"] = "1",
                [ClientSettings.InlineCompletions] = null,
            },
        };
}
