using System.Security.Cryptography;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>A cluster whose silos and gateways join and leave while it runs. Starting it starts Redis and MySQL alone.</summary>
public sealed class LocalCluster : ClusterDeployment
{
    // Longer than the proxy or the load generator needs to notice that a gateway is about to leave.
    private const string Grace = "00:00:01";

    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(60);

    private readonly List<Member> _members = [];
    private readonly Lock _gate = new();
    private readonly int[] _last = new int[2];
    private readonly string? _receiptKey;

    /// <summary>A cluster whose data are deleted at its end.</summary>
    public LocalCluster(ProductPrograms programs, IReadOnlyDictionary<string, string?> settings)
        : base(silos: 0, gateways: 0, settings: settings, programs: programs) =>
        AdminKey = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A cluster whose data, secrets and logs are kept in a folder.</summary>
    /// <exception cref="LocalServerException">A secret in the folder is damaged.</exception>
    public LocalCluster(ProductPrograms programs, IReadOnlyDictionary<string, string?> settings, ClusterFolder folder)
        : base(
            silos: 0, gateways: 0, programs: programs, logFolder: Directory.CreateDirectory(Path.Combine(folder.Root, "logs")).FullName,
            settings: new Dictionary<string, string?>(settings) { ["Auth__SigningKey"] = folder.Secret("signing.key", 32) },
            stores: (
                new RedisServer(password: folder.Password("redis.secret")) { Folder = Path.Combine(folder.Root, "redis") },
                new MySqlServer(folder.Password("mysql.secret")) { Folder = Path.Combine(folder.Root, "mysql") })) =>
        (AdminKey, _receiptKey, LogFolder) = (folder.Secret("admin.key", 32), folder.ReceiptKey(), Path.Combine(folder.Root, "logs"));

    /// <summary>Opens the operators' routes.</summary>
    public string AdminKey { get; }

    /// <summary>The folder for the processes' logs; null to keep them in memory.</summary>
    public string? LogFolder { get; }

    /// <summary>The port of the first gateway; any free one if null.</summary>
    public int? FirstPort { get; init; }

    /// <summary>Those that were added and not taken away, gateways first.</summary>
    public IReadOnlyList<Member> Members
    {
        get
        {
            lock (_gate)
                return [.. _members.OrderByDescending(member => member.Kind).ThenBy(member => member.Number)];
        }
    }

    public IReadOnlyList<Member> GatewayMembers => [.. Members.Where(member => member.Kind == MemberKind.Gateway)];

    public IReadOnlyList<Member> SiloMembers => [.. Members.Where(member => member.Kind == MemberKind.Silo)];

    public override IReadOnlyList<Uri> Gateways => [.. GatewayMembers.Select(member => member.Node.Address)];

    /// <summary>The address of the first running gateway.</summary>
    public override Uri Address => (GatewayMembers.FirstOrDefault(gateway => gateway.Node.IsRunning) ?? GatewayMembers[0]).Node.Address;

    public override IReadOnlyList<DeployedProcess> Processes =>
        [.. Members.Select(member => new DeployedProcess(member.Name, member.Node.Pid)), .. base.Processes];

    /// <summary>Starts one more, and returns when it is ready.</summary>
    /// <exception cref="LocalServerException">It does not become ready.</exception>
    public async Task<Member> AddAsync(MemberKind kind)
    {
        int number;
        lock (_gate)
            number = ++_last[(int)kind];
        var member = new Member(kind, number, kind == MemberKind.Silo ? NewSilo(number, logName: $"silo-{number}") : NewGateway(number));
        try
        {
            await member.Node.StartAsync();
        }
        catch
        {
            await member.Node.DisposeAsync();
            throw;
        }
        lock (_gate)
            _members.Add(member);
        return member;
    }

    /// <summary>Stops a member gracefully: it hands over its work and ends.</summary>
    /// <exception cref="TimeoutException">It did not end by itself, and was killed.</exception>
    public async Task StopAsync(Member member)
    {
        try
        {
            await member.Node.StopAsync(_stopLimit);
        }
        finally
        {
            await KillAsync(member);
        }
    }

    /// <summary>Kills a member, as a power cut does.</summary>
    public async Task KillAsync(Member member)
    {
        await member.Node.KillAsync();
        lock (_gate)
            _members.Remove(member);
    }

    /// <summary>Stops Redis and MySQL in good order; what uses them was stopped before.</summary>
    public Task StopStoresAsync() => Task.WhenAll(RedisServer.StopAsync(), MySqlServer.StopAsync());

    public override async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
            await member.Node.DisposeAsync();
        await base.DisposeAsync();
    }

    private Node NewGateway(int number) => NewGateway(
        number,
        number == 1 && FirstPort is { } port ? new Uri($"http://localhost:{port}") : null,
        new Dictionary<string, string?> { ["Admin__Key"] = AdminKey, ["Receipts__Keys"] = _receiptKey, ["Shutdown__Grace"] = Grace, ["Limits__TrustedProxies"] = Loopback },
        $"gateway-{number}");
}
