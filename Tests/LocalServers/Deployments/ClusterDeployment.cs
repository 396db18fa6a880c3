using System.Security.Cryptography;
using MySqlConnector;
using SecKill.Tests.LocalServers.Servers;
using StackExchange.Redis;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>The production mode in small: Redis, MySQL, silos and gateways, each a process of its own.</summary>
public sealed class ClusterDeployment : Deployment
{
    private const string Loopback = "127.0.0.1";

    private readonly byte[] _signingKey = RandomNumberGenerator.GetBytes(32);
    private readonly List<SiloLinks> _links = [];
    private readonly List<(string Owner, int? Silo, WallClock Clock)> _clocks = [];
    private readonly bool _isLinked;
    private readonly RedisGroup? _group;
    private readonly SplitNetwork? _network;
    private readonly bool _hasClocks;
    private readonly Dictionary<string, string?> _common;
    private readonly List<Node> _silos;
    private ConnectionMultiplexer? _redis;
    private int _replacements;

    private readonly string? _logFolder;

    /// <param name="silos">How many of them.</param>
    /// <param name="gateways">How many of them.</param>
    /// <param name="settings">For all of them.</param>
    /// <param name="coHosted">Gateways are silos too.</param>
    /// <param name="linked">Each silo reaches Redis and MySQL through links of its own, which can be disturbed.</param>
    /// <param name="password">That Redis and MySQL ask for.</param>
    /// <param name="logFolder">Where each process has a file for all that it writes.</param>
    public ClusterDeployment(
        int silos = 2, int gateways = 2, IReadOnlyDictionary<string, string?>? settings = null, bool coHosted = false, bool linked = false,
        string? password = null, string? logFolder = null)
        : this(null, silos, gateways, settings, coHosted, linked, password, logFolder)
    {
    }

    /// <param name="group">Several Redis servers in the place of one.</param>
    /// <param name="silos">How many of them.</param>
    /// <param name="gateways">How many of them.</param>
    /// <param name="settings">For all of them.</param>
    /// <param name="coHosted">Gateways are silos too.</param>
    /// <param name="linked">Each silo reaches Redis and MySQL through links of its own, which can be disturbed.</param>
    /// <param name="password">That Redis and MySQL ask for.</param>
    /// <param name="logFolder">Where each process has a file for all that it writes.</param>
    /// <param name="network">Each silo is a machine of its own in it.</param>
    /// <param name="clocks">Redis, each silo and each gateway have clocks of their own, which can be set.</param>
    public ClusterDeployment(
        RedisGroup? group, int silos = 2, int gateways = 2, IReadOnlyDictionary<string, string?>? settings = null, bool coHosted = false, bool linked = false,
        string? password = null, string? logFolder = null, SplitNetwork? network = null, bool clocks = false)
    {
        (_group, _isLinked, _logFolder, _network, _hasClocks) = (group, linked, logFolder, network, clocks);
        var host = network is null ? Loopback : SplitNetwork.Router;
        RedisServer = new RedisServer(password: password) { Address = host, Environment = NewClock("Redis") };
        MySqlServer = password is null ? new MySqlServer { Address = host } : new MySqlServer(password) { Address = host };
        _common = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Cluster__Id"] = $"tests-{Guid.NewGuid():N}",
            ["ConnectionStrings__Redis"] = group?.ConnectionString ?? RedisServer.ConnectionString,
        };
        _silos = [.. Enumerable.Range(0, silos).Select(i => NewSilo(i, network is null ? Loopback : SplitNetwork.AddressOf(i)))];
        GatewayNodes = [.. Enumerable.Range(0, gateways).Select(i => NewGateway(_common, i, coHosted))];
    }

    public RedisServer RedisServer { get; }

    public MySqlServer MySqlServer { get; }

    public IReadOnlyList<Node> Silos => _silos;

    public IReadOnlyList<Node> GatewayNodes { get; }

    /// <summary>By silo, where they are linked.</summary>
    public IReadOnlyList<SiloLinks> Links => _links;

    /// <summary>By process, where they have their own; with the index of a silo.</summary>
    public IReadOnlyList<(string Owner, int? Silo, WallClock Clock)> Clocks => _clocks;

    /// <summary>Between the silos, where there is one.</summary>
    public SplitNetwork? Network => _network;

    public override IReadOnlyList<Uri> Gateways => [.. GatewayNodes.Select(node => node.Address)];

    public override byte[] SigningKey => _signingKey;

    public override IConnectionMultiplexer? Redis => _redis;

    public override async Task StartAsync()
    {
        if (_network is not null)
            await _network.StartAsync(Silos.Count);
        await Task.WhenAll(_group?.StartAsync() ?? RedisServer.StartAsync(), MySqlServer.StartAsync());
        if (_group is null)
            _redis ??= await ConnectionMultiplexer.ConnectAsync($"{RedisServer.ConnectionString},allowAdmin=true,abortConnect=false");
        // One silo first: two that start together would both create the schema, which deserves a test of its own.
        foreach (var silo in Silos)
            await silo.StartAsync();
        await Task.WhenAll(GatewayNodes.Select(gateway => gateway.StartAsync()));
    }

    /// <summary>Kills silos, and starts as many at addresses that the cluster has not seen yet, as where pods are replaced.</summary>
    /// <param name="count">How many, the first ones.</param>
    public async Task ReplaceSilosAsync(int count)
    {
        await Task.WhenAll(Silos.Take(count).Select(silo => silo.KillAsync()));
        _replacements++;
        for (var i = 0; i < count; i++)
        {
            await _silos[i].DisposeAsync();
            _silos[i] = NewSilo(i, $"127.0.{_replacements}.{i + 1}");
        }
        await Task.WhenAll(Silos.Take(count).Select(silo => silo.LaunchAsync()));
    }

    public override async Task StopAsync()
    {
        await Task.WhenAll(GatewayNodes.Select(gateway => gateway.StopAsync()));
        await Task.WhenAll(Silos.Select(silo => silo.StopAsync()));
    }

    public override async Task<IReadOnlyList<(string Seller, string Coupon, string Username)>> LedgerClaimsAsync()
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.ClaimsAsync(ledger);
    }

    public override async Task<IReadOnlyDictionary<string, long>> LedgerLeftAsync(string seller)
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.LeftAsync(ledger, seller);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in GatewayNodes.Concat(Silos))
            await node.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        foreach (var links in _links)
            await links.DisposeAsync();
        await MySqlServer.DisposeAsync();
        await RedisServer.DisposeAsync();
        if (_group is not null)
            await _group.DisposeAsync();
        if (_network is not null)
            await _network.DisposeAsync();
    }

    private async Task<MySqlConnection> OpenLedgerAsync()
    {
        var ledger = new MySqlConnection(MySqlServer.ConnectionString);
        await ledger.OpenAsync();
        return ledger;
    }

    private Node NewSilo(int i, string address) =>
        new(BuiltProgram("Silo"), new Uri($"http://{address}:{FreePort.Next()}"), With(SiloSettings(_common, address), NewClock($"silo {i}", i)))
        {
            LogFile = LogFile("silo"),
            Enter = () => _network?.EnterCommand(i) ?? [],
        };

    private Node NewGateway(Dictionary<string, string?> common, int i, bool coHosted) =>
        new(BuiltProgram("Gateway"), LoopbackAt(FreePort.Next()), With(new Dictionary<string, string?>(coHosted ? SiloSettings(common, Loopback) : common)
        {
            ["ConnectionStrings__MySql"] = coHosted ? MySqlServer.ConnectionString : null,
            ["Silo__CoHosted"] = $"{coHosted}",
            ["Auth__SigningKey"] = Convert.ToBase64String(_signingKey),
        }, NewClock($"gateway {i}")))
        { LogFile = LogFile("gateway") };

    /// <returns>The environment that gives a process its clock; nothing where all have that of the machine.</returns>
    private IReadOnlyDictionary<string, string?> NewClock(string owner, int? silo = null)
    {
        if (!_hasClocks)
            return new Dictionary<string, string?>();
        _clocks.Add((owner, silo, new WallClock()));
        return _clocks[^1].Clock.Environment;
    }

    private static Dictionary<string, string?> With(Dictionary<string, string?> settings, IReadOnlyDictionary<string, string?> more) =>
        new(settings.Concat(more));

    private string? LogFile(string process) => _logFolder is null ? null : Path.Combine(_logFolder, $"{process}-{Names.Tag()}.log");

    private Dictionary<string, string?> SiloSettings(Dictionary<string, string?> common, string address)
    {
        var settings = new Dictionary<string, string?>(common)
        {
            ["ConnectionStrings__MySql"] = MySqlServer.ConnectionString,
            ["Silo__Port"] = $"{FreePort.Next()}",
            ["Silo__GatewayPort"] = $"{FreePort.Next()}",
            ["Silo__AdvertisedAddress"] = address,
        };
        if (!_isLinked)
            return settings;
        var links = new SiloLinks(RedisServer, MySqlServer);
        _links.Add(links);
        settings["ConnectionStrings__Redis"] = links.RedisConnectionString;
        settings["ConnectionStrings__MySql"] = links.MySqlConnectionString;
        return settings;
    }
}

/// <summary>The links of one silo to its stores.</summary>
public sealed class SiloLinks(RedisServer redis, MySqlServer mySql) : IAsyncDisposable
{
    public Link Redis { get; } = new(redis.Port);

    public Link MySql { get; } = new(mySql.Port);

    public string RedisConnectionString => $"127.0.0.1:{Redis.Port}";

    public string MySqlConnectionString => new MySqlConnectionStringBuilder(mySql.ConnectionString) { Port = (uint)MySql.Port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await MySql.DisposeAsync();
    }
}
