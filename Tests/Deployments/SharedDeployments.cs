using SecKill.Tests.Deployments;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedDeployments))]

namespace SecKill.Tests.Deployments;

/// <summary>One deployment of each mode for all tests that leave it healthy, started when the first of them asks.</summary>
public sealed class SharedDeployments : IAsyncDisposable
{
    private readonly Lazy<Task<Deployment>> _embedded = new(() => StartAsync(new EmbeddedDeployment()));
    private readonly Lazy<Task<Deployment>> _cluster = new(() => StartAsync(new ClusterDeployment()));

    public Task<Deployment> EmbeddedAsync() => _embedded.Value;

    public Task<Deployment> ClusterAsync() => _cluster.Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var mode in new[] { _embedded, _cluster })
        {
            if (mode is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await mode.Value).DisposeAsync();
        }
    }

    private static async Task<Deployment> StartAsync(Deployment deployment)
    {
        try
        {
            await deployment.StartAsync();
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }
}
