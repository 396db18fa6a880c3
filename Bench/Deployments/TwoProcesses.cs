using SecKill.Tests.Deployments;

namespace SecKill.Bench.Deployments;

/// <summary>The smallest cluster: a gateway and a silo.</summary>
internal sealed class TwoProcesses : ClusterDeployment
{
    private readonly Node _silo;
    private readonly Node _gateway;

    public TwoProcesses(ProductPrograms programs, byte[] signingKey)
    {
        var common = CommonSettings();
        _silo = new Node(programs.Silo, NewAddress(), SiloSettings(common));
        _gateway = new Node(programs.Gateway, NewAddress(), new Dictionary<string, string?>(common)
        {
            ["ConnectionStrings__MySql"] = null,
            ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
        });
    }

    public override Uri Address => _gateway.Address;

    protected override IReadOnlyList<(string Name, Node Node)> Programs => [("gateway", _gateway), ("silo", _silo)];
}
