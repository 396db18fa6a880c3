using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Deployments;

/// <summary>Gateway and silo in one process, with the databases of a cluster.</summary>
internal sealed class CoHosted : ClusterDeployment
{
    /// <summary>The gateway's setting that asks for it.</summary>
    public const string Setting = "Silo:CoHosted";

    private readonly Node _gateway;

    public CoHosted(ProductPrograms programs, byte[] signingKey) =>
        _gateway = new Node(programs.Gateway, NewAddress(), new Dictionary<string, string?>(SiloSettings(CommonSettings()))
        {
            [Setting.Replace(":", "__", StringComparison.Ordinal)] = "true",
            ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
        });

    public override Uri Address => _gateway.Address;

    protected override IReadOnlyList<(string Name, Node Node)> Programs => [("gateway+silo", _gateway)];
}
