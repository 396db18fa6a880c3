using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>The default mode: one gateway process that is everything, its data in a folder.</summary>
public sealed class EmbeddedDeployment : Deployment
{
    private readonly string _folder;
    private readonly bool _isKept;

    /// <param name="address">The address to listen on; any free port of loopback if null.</param>
    /// <param name="programs">The product's programs; those beside this program if null.</param>
    /// <param name="folder">An existing data folder, kept at the end; else a new one, deleted at the end.</param>
    public EmbeddedDeployment(
        IReadOnlyDictionary<string, string?>? settings = null, string? logFile = null, Uri? address = null, ProductPrograms? programs = null, string? folder = null)
    {
        (_folder, _isKept) = (folder ?? RunFolder.Create("embedded"), folder is not null);
        var all = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Data__Folder"] = _folder,
            // A developer's own shell must not turn this into a cluster.
            ["ConnectionStrings__Redis"] = null,
            ["ConnectionStrings__MySql"] = null,
        };
        Gateway = new Node((programs ?? ProductPrograms.Find()).Gateway, address ?? LoopbackAt(FreePort.Next()), all) { LogFile = logFile };
    }

    public Node Gateway { get; }

    public string Folder => _folder;

    public override IReadOnlyList<DeployedProcess> Processes => [new("gateway", Gateway.Pid)];

    public override IReadOnlyList<Uri> Gateways => [Gateway.Address];

    public override byte[] SigningKey =>
        Convert.FromBase64String(File.ReadAllText(Path.Combine(_folder, "signing.key")).Trim());

    public override Task StartAsync() => Gateway.StartAsync();

    public override Task StopAsync() => Gateway.StopAsync();

    public Task KillAsync() => Gateway.KillAsync();

    public override async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        if (!_isKept)
            RunFolder.Delete(_folder);
    }

    public override async Task<DbConnection> OpenLedgerAsync()
    {
        var ledger = new SqliteConnection($"Data Source={Path.Combine(_folder, "ledger.db")};Mode=ReadOnly;Pooling=False");
        await ledger.OpenAsync();
        return ledger;
    }
}
