using System.Data.Common;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>A process that takes part, with all its children.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Pid">Its number.</param>
internal sealed record Part(string Name, int Pid);

/// <summary>The product as its users run it: real processes and real databases, on ports of their own.</summary>
internal abstract class ProductDeployment : IAsyncDisposable
{
    /// <summary>All names, as given on the command line.</summary>
    public static IReadOnlyList<string> Names { get; } = ["two", "embedded", "cohosted"];

    /// <summary>Where it is asked.</summary>
    public abstract Uri Address { get; }

    /// <summary>What it consists of.</summary>
    public abstract IReadOnlyList<Part> Parts { get; }

    /// <summary>For StackExchange.Redis; null where nobody else gets into it.</summary>
    public virtual string? Redis => null;

    /// <summary>Makes one; it does not run yet.</summary>
    /// <exception cref="BenchException">The product cannot do it.</exception>
    public static async Task<ProductDeployment> CreateAsync(string name, ProductPrograms programs, byte[] signingKey, CancellationToken stop) => name switch
    {
        "two" => new TwoProcesses(programs, signingKey),
        "embedded" => new EmbeddedProduct(programs, signingKey),
        "cohosted" when await programs.CanCoHostAsync(stop) => new CoHosted(programs, signingKey),
        "cohosted" => throw new BenchException($"This gateway does not know the setting {CoHosted.Setting}: leave out --deployment cohosted."),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Returns when every process is ready.</summary>
    public abstract Task StartAsync();

    /// <summary>A connection to the ledger, open.</summary>
    public abstract Task<DbConnection> OpenLedgerAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private protected static Uri NewAddress() => new($"http://127.0.0.1:{FreePort.Next()}");
}
