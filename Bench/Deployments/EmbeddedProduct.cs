using System.Data.Common;
using Microsoft.Data.Sqlite;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>The default: one process that is everything, its data in a folder.</summary>
internal sealed class EmbeddedProduct : ProductDeployment
{
    private readonly string _folder = RunFolder.Create("embedded");
    private readonly Node _gateway;

    /// <param name="programs">Whose gateway.</param>
    /// <param name="signingKey">Signs tokens.</param>
    /// <param name="address">Where it is to listen; any free port if null.</param>
    public EmbeddedProduct(ProductPrograms programs, byte[] signingKey, Uri? address = null) =>
        _gateway = new Node(programs.Gateway, address ?? NewAddress(), new Dictionary<string, string?>
        {
            ["Data__Folder"] = _folder,
            ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
            [ClientSettings.InlineCompletions] = null,
            // A developer's own shell must not turn this into a cluster.
            ["ConnectionStrings__Redis"] = null,
            ["ConnectionStrings__MySql"] = null,
        });

    public override Uri Address => _gateway.Address;

    public override IReadOnlyList<Part> Parts => [new("gateway", _gateway.Pid)];

    public override Task StartAsync() => _gateway.StartAsync();

    public override async Task<DbConnection> OpenLedgerAsync()
    {
        var ledger = new SqliteConnection($"Data Source={Path.Combine(_folder, "ledger.db")};Mode=ReadOnly;Pooling=False");
        await ledger.OpenAsync();
        return ledger;
    }

    public override async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        RunFolder.Delete(_folder);
    }
}
