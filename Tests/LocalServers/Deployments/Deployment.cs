using System.Data.Common;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>The product with real processes and HTTP, and its database to check against.</summary>
public abstract class Deployment : IAsyncDisposable
{
    public abstract IReadOnlyList<Uri> Gateways { get; }

    /// <summary>What the gateways sign tokens with; lets a test mint tokens for users that never registered.</summary>
    public abstract byte[] SigningKey { get; }

    /// <summary>The first gateway's address.</summary>
    public virtual Uri Address => Gateways[0];

    /// <summary>What it consists of, gateways first.</summary>
    public abstract IReadOnlyList<DeployedProcess> Processes { get; }

    /// <summary>Null where Redis lives inside the product's own process.</summary>
    public virtual IConnectionMultiplexer? Redis => null;

    /// <summary>Answers when every process of it is ready.</summary>
    public abstract Task StartAsync();

    /// <summary>Orderly; the data stays, so that it can be started again.</summary>
    public abstract Task StopAsync();

    /// <summary>A connection to the ledger, open.</summary>
    public abstract Task<DbConnection> OpenLedgerAsync();

    public async Task<IReadOnlyList<(string Seller, string Coupon, string Username)>> LedgerClaimsAsync()
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.ClaimsAsync(ledger);
    }

    /// <summary>All coupons of the ledger, with their owners.</summary>
    /// <param name="timeout">Of each query; the driver's default if null.</param>
    public async Task<IReadOnlyDictionary<(string Seller, string Name), LedgerRow>> LedgerCouponsAsync(TimeSpan? timeout = null)
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.CouponsAsync(ledger, timeout);
    }

    /// <summary>What is left of a seller's coupons, by name.</summary>
    public async Task<IReadOnlyDictionary<string, long>> LedgerLeftAsync(string seller)
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.LeftAsync(ledger, seller);
    }

    public async Task<long> LedgerLeftAsync(string seller, string coupon) => (await LedgerLeftAsync(seller))[coupon];

    public abstract ValueTask DisposeAsync();

    // Every program of the repository lies in <project>/bin/<configuration>/<framework>/.
    private static readonly DirectoryInfo _framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    public static string BuiltProgram(string project) =>
        Path.Combine(Root, project, "bin", _framework.Parent!.Name, _framework.Name, $"SecKill.{project}.dll");

    public static Uri LoopbackAt(int port) => new($"http://127.0.0.1:{port}");

    private static string FindRoot()
    {
        var folder = _framework;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SecKill.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("This does not run from within the repository.");
    }
}

/// <summary>A process of a deployment, with all its children.</summary>
/// <param name="Name">Such as <c>gateway</c>, <c>silo 2</c>, <c>redis</c>.</param>
public sealed record DeployedProcess(string Name, int Pid);
