using System.Security.Cryptography;

[assembly: AssemblyFixture(typeof(SecKill.Tests.Integration.Deployments.SharedDeployments))]

namespace SecKill.Tests.Integration.Deployments;

/// <summary>One deployment of each mode for all tests that leave it healthy, started when the first of them asks.</summary>
public sealed class SharedDeployments : IAsyncDisposable
{
    // Hundreds of users register here from one address, and tests wait for hundreds of claims to be persisted: with the default limits and
    // intervals that would be most of the run's time. The other deployments have the defaults.
    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["Limits__AccountBurst"] = "10000",
        ["Passwords__Iterations"] = "1000",
        ["Coupons__DrainInterval"] = "00:00:00.020",
    };

    /// <summary>The operators' key of the cluster. The embedded mode has none, and so no routes of theirs.</summary>
    public const string AdminKey = "the-operators-secret-of-the-shared-cluster";

    private readonly Lazy<Task<Deployment>> _embedded = new(() => StartAsync(new EmbeddedDeployment(_settings)));
    private readonly Lazy<Task<Deployment>> _cluster = new(() => StartAsync(new ClusterDeployment(settings: new Dictionary<string, string?>(_settings) { ["Admin__Key"] = AdminKey, ["Receipts__Keys"] = NewKey() })));

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

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
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
