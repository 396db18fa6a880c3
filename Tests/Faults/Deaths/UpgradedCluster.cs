namespace SecKill.Tests.Faults.Deaths;

/// <summary>
/// A cluster whose programs are replaced by those of another version, on the same stores and at the same addresses. Starting it starts the
/// stores alone.
/// </summary>
/// <param name="earlier">The programs that run first.</param>
public sealed class UpgradedCluster(ProductPrograms earlier) : ClusterDeployment(silos: 0, gateways: 0)
{
    private readonly Uri _address = LoopbackAt(FreePort.Next());
    private readonly List<Node> _nodes = [];

    // As a pod that gets the address of the one before.
    private readonly Dictionary<string, string?> _ports = new()
    {
        ["Silo__Port"] = $"{FreePort.Next()}",
        ["Silo__GatewayPort"] = $"{FreePort.Next()}",
    };

    /// <summary>The address of the sale, whichever program has it.</summary>
    public override IReadOnlyList<Uri> Gateways => [_address];

    /// <summary>Starts a silo and the gateway of the sale, both of the earlier version.</summary>
    public async Task<(Node Silo, Node Gateway)> StartEarlierAsync() =>
        (await StartedAsync(EarlierSilo(_ports)), await StartedAsync(EarlierGateway(_address)));

    /// <summary>Starts a silo at the earlier one's address, which has ended.</summary>
    public Task<Node> StartSiloAsync() => StartedAsync(Silo(_ports));

    /// <summary>Starts the gateway of the sale in the earlier one's place.</summary>
    public Task<Node> StartGatewayAsync() => StartedAsync(Kept(NewGateway(0, _address)));

    /// <summary>One more silo, which does not run yet.</summary>
    public Node Silo(IReadOnlyDictionary<string, string?>? settings = null) => Kept(NewSilo(0, settings: settings));

    /// <summary>One more gateway, which does not run yet.</summary>
    public Node Gateway() => Kept(NewGateway(0));

    /// <summary>One more silo of the earlier version, which does not run yet.</summary>
    public Node EarlierSilo(IReadOnlyDictionary<string, string?>? settings = null) => Kept(NewSilo(0, settings: settings, programs: earlier));

    /// <summary>One more gateway of the earlier version, which does not run yet.</summary>
    public Node EarlierGateway(Uri? address = null) => Kept(NewGateway(0, address, programs: earlier));

    /// <summary>Runs the command that compares both stores.</summary>
    public Task<(int Code, string Output, string Errors)> AuditAsync() => ProductProgram.RunAsync(
        "Silo",
        new Dictionary<string, string?> { ["ConnectionStrings:Redis"] = RedisServer.ConnectionString, ["ConnectionStrings:MySql"] = MySqlServer.ConnectionString },
        arguments: ["--audit", "--deep"]);

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await base.DisposeAsync();
    }

    private static async Task<Node> StartedAsync(Node node)
    {
        await node.StartAsync();
        return node;
    }

    private Node Kept(Node node)
    {
        _nodes.Add(node);
        return node;
    }
}
