using SecKill.Tests.LocalServers.Deployments;

namespace SecKill.Bench.Deployments;

/// <summary>A cluster: by default the smallest, a gateway and a silo.</summary>
internal sealed class TwoProcesses : ClusterDeployment
{
    private readonly Node[] _silos;
    private readonly Node[] _gateways;

    public TwoProcesses(ProductPrograms programs, byte[] signingKey, int silos = 1, int gateways = 1)
    {
        var common = CommonSettings();
        _silos = [.. Enumerable.Range(0, silos).Select(_ => new Node(programs.Silo, NewAddress(), SiloSettings(common)))];
        _gateways =
        [
            .. Enumerable.Range(0, gateways).Select(_ => new Node(programs.Gateway, NewAddress(), new Dictionary<string, string?>(common)
            {
                ["ConnectionStrings__MySql"] = null,
                ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
                // All that floods in here comes from one address, and from one seller; it is to meet the servers and not these limits.
                ["Limits__AccountBurst"] = "0",
                ["Limits__CouponBurst"] = "0",
                ["Live__WatchersPerAddress"] = "0",
            })),
        ];
    }

    public override Uri Address => _gateways[0].Address;

    /// <summary>Of all gateways.</summary>
    public IReadOnlyList<string> Addresses => [.. _gateways.Select(gateway => gateway.Address.OriginalString)];

    protected override IReadOnlyList<(string Name, Node Node)> Programs => [.. Named("gateway", _gateways), .. Named("silo", _silos)];

    private static IEnumerable<(string Name, Node Node)> Named(string name, Node[] nodes) =>
        nodes.Select((node, i) => (nodes.Length == 1 ? name : $"{name} {i + 1}", node));
}
