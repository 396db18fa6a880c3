using System.Security.Cryptography;
using SecKill.Embedded;
using SecKill.Tests.Deployments;
using SecKill.Tests.LocalServers.Deployments;
using SecKill.Tests.LocalServers.Servers;
using SecKill.Tests.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>A cluster on this machine whose silos and gateways come and go while it runs. Starting it starts the databases alone.</summary>
internal sealed class LocalCluster : ClusterDeployment
{
    // Longer than the proxy before it, or the load generator, needs to notice that a gateway is about to leave.
    private const string Grace = "00:00:01";

    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(60);

    private readonly ProductPrograms _programs;
    private readonly string _signingKey;
    private readonly string? _folder;
    private readonly List<Member> _members = [];
    private readonly Lock _gate = new();
    private readonly int[] _last = new int[2];

    /// <summary>One whose data are gone when it ends.</summary>
    public LocalCluster(ProductPrograms programs, byte[] signingKey) =>
        (_programs, _signingKey, AdminKey) = (programs, Convert.ToBase64String(signingKey), NewSecret());

    /// <summary>One whose data, secrets and logs are kept in a folder.</summary>
    /// <exception cref="InvalidOperationException">A secret in the folder is damaged.</exception>
    public LocalCluster(ProductPrograms programs, ClusterFolder folder)
        : base(
            new RedisServer(password: folder.Password("redis.secret")) { Folder = Path.Combine(folder.Root, "redis") },
            new MySqlServer(folder.Password("mysql.secret")) { Folder = Path.Combine(folder.Root, "mysql") })
    {
        (_programs, _folder) = (programs, folder.Root);
        (_signingKey, AdminKey) = (folder.Secret("signing.key", 32), folder.Secret("admin.key", 32));
        Directory.CreateDirectory(LogFolder!);
    }

    /// <summary>Opens the operators' routes.</summary>
    public string AdminKey { get; }

    /// <summary>Signs tokens; base64.</summary>
    public string SigningKey => _signingKey;

    /// <summary>Where each process has a file for what it writes; null where all is kept in memory.</summary>
    public string? LogFolder => _folder is null ? null : Path.Combine(_folder, "logs");

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

    /// <summary>Its gateways.</summary>
    public IReadOnlyList<Member> Gateways => [.. Members.Where(member => member.Kind == MemberKind.Gateway)];

    /// <summary>Its silos.</summary>
    public IReadOnlyList<Member> Silos => [.. Members.Where(member => member.Kind == MemberKind.Silo)];

    /// <inheritdoc/>
    public override Uri Address => (Gateways.FirstOrDefault(gateway => gateway.Node.IsRunning) ?? Gateways[0]).Node.Address;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Name, Node Node)> Programs => [.. Members.Select(member => (member.Name, member.Node))];

    /// <summary>Starts one more, and returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It does not become ready.</exception>
    public async Task<Member> AddAsync(MemberKind kind)
    {
        int number;
        lock (_gate)
            number = ++_last[(int)kind];
        var member = New(kind, number);
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

    /// <summary>Has one leave in good order: it hands over what it does, and ends.</summary>
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

    /// <summary>Ends one at once, as a power cut does.</summary>
    public async Task KillAsync(Member member)
    {
        await member.Node.KillAsync();
        lock (_gate)
            _members.Remove(member);
    }

    private Member New(MemberKind kind, int number)
    {
        var settings = CommonSettings();
        if (kind == MemberKind.Silo)
        {
            settings = SiloSettings(settings);
        }
        else
        {
            settings["ConnectionStrings__MySql"] = null;
            settings["Auth__SigningKey"] = _signingKey;
            settings["Admin__Key"] = AdminKey;
            settings["Shutdown__Grace"] = Grace;
            settings["Limits__TrustedProxies"] = "127.0.0.1";
        }
        var address = kind == MemberKind.Gateway && number == 1 && FirstPort is { } port ? new Uri($"http://localhost:{port}") : NewAddress();
        var (program, log) = kind == MemberKind.Silo ? (_programs.Silo, "silo") : (_programs.Gateway, "gateway");
        var node = new Node(program, address, settings) { LogFile = LogFolder is null ? null : Path.Combine(LogFolder, $"{log}-{number}.log") };
        return new Member(kind, number, node, kind == MemberKind.Silo ? int.Parse(settings["Silo__Port"]!) : 0);
    }

    private static string NewSecret() => Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
}
