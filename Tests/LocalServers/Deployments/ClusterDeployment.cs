using System.Data.Common;
using System.Security.Cryptography;
using MySqlConnector;

namespace SecKill.Tests.LocalServers.Deployments;

/// <summary>A small production cluster: Redis, MySQL, silos and gateways, each in its own process.</summary>
public class ClusterDeployment : Deployment
{
    protected const string Loopback = "127.0.0.1";

    private readonly ProductPrograms _programs;
    private readonly byte[] _signingKey;
    private readonly List<SiloLinks> _links = [];
    private readonly List<(string Owner, int? Silo, WallClock Clock)> _clocks = [];
    private readonly bool _isLinked;
    private readonly RedisGroup? _group;
    private readonly SplitNetwork? _network;
    private readonly bool _hasClocks;
    private readonly Dictionary<string, string?> _common;
    private readonly List<Node> _silos;
    private readonly List<Node> _gateways;
    private readonly bool _isCoHosted;
    private ConnectionMultiplexer? _redis;
    private int _replacements;

    private readonly string? _logFolder;

    /// <param name="settings">Settings of all; a signing key goes to gateways only.</param>
    /// <param name="coHosted">Whether gateways are silos too.</param>
    /// <param name="linked">Whether each silo reaches Redis and MySQL through its own links, which can be disturbed.</param>
    /// <param name="group">Several Redis servers in place of one.</param>
    /// <param name="programs">The product's programs; those beside this program if null.</param>
    /// <param name="stores">Existing Redis and MySQL; else new ones, deleted at the end.</param>
    public ClusterDeployment(
        int silos = 2, int gateways = 2, IReadOnlyDictionary<string, string?>? settings = null, bool coHosted = false, bool linked = false,
        string? password = null, string? logFolder = null, RedisGroup? group = null, SplitNetwork? network = null, bool clocks = false,
        ProductPrograms? programs = null, (RedisServer Redis, MySqlServer MySql)? stores = null)
    {
        (_group, _isLinked, _logFolder, _network, _hasClocks, _isCoHosted) = (group, linked, logFolder, network, clocks, coHosted);
        _programs = programs ?? ProductPrograms.Find();
        var host = network is null ? Loopback : SplitNetwork.Router;
        RedisServer = stores?.Redis ?? new RedisServer(password: password) { Address = host, Environment = NewClock("Redis") };
        MySqlServer = stores?.MySql ?? (password is null ? new MySqlServer { Address = host } : new MySqlServer(password) { Address = host });
        _signingKey = settings?.GetValueOrDefault("Auth__SigningKey") is { } key ? Convert.FromBase64String(key) : RandomNumberGenerator.GetBytes(32);
        _common = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Cluster__Id"] = $"tests-{Guid.NewGuid():N}",
            ["ConnectionStrings__Redis"] = group?.ConnectionString ?? RedisServer.ConnectionString,
        };
        _common.Remove("Auth__SigningKey");
        _silos = [.. Enumerable.Range(0, silos).Select(i => NewSilo(i, network is null ? Loopback : SplitNetwork.AddressOf(i)))];
        _gateways = [.. Enumerable.Range(0, gateways).Select(i => NewGateway(i))];
    }

    public RedisServer RedisServer { get; }

    public MySqlServer MySqlServer { get; }

    public IReadOnlyList<Node> Silos => _silos;

    public IReadOnlyList<Node> GatewayNodes => _gateways;

    /// <summary>A new cluster id each time, so that killed members of old runs are not in its table.</summary>
    public string ClusterId => _common["Cluster__Id"]!;

    public override IReadOnlyList<DeployedProcess> Processes =>
    [
        .. Named(_isCoHosted ? "gateway+silo" : "gateway", GatewayNodes), .. Named("silo", Silos),
        new("redis", RedisServer.Pid), new("mysql", MySqlServer.Pid),
    ];

    /// <summary>By silo, if linked.</summary>
    public IReadOnlyList<SiloLinks> Links => _links;

    /// <summary>By process, if they have their own; with the index of a silo.</summary>
    public IReadOnlyList<(string Owner, int? Silo, WallClock Clock)> Clocks => _clocks;

    /// <summary>The network between the silos, if any.</summary>
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
        // One silo first: two that start together would both create the schema, which has its own test.
        foreach (var silo in Silos)
            await silo.StartAsync();
        await Task.WhenAll(GatewayNodes.Select(gateway => gateway.StartAsync()));
    }

    /// <summary>Kills silos and starts as many at new addresses, as when pods are replaced.</summary>
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

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
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
        GC.SuppressFinalize(this);
    }

    public override async Task<DbConnection> OpenLedgerAsync()
    {
        var ledger = new MySqlConnection(MySqlServer.ConnectionString);
        await ledger.OpenAsync();
        return ledger;
    }

    /// <summary>One more silo, which does not run yet and is not counted.</summary>
    protected Node NewSilo(
        int i, string address = Loopback, string? logName = null, IReadOnlyDictionary<string, string?>? settings = null, ProductPrograms? programs = null) =>
        new((programs ?? _programs).Silo, new Uri($"http://{address}:{FreePort.Next()}"), With(SiloSettings(_common, address), NewClock($"silo {i}", i), settings))
        {
            LogFile = LogFile(logName ?? $"silo-{Names.Tag()}"),
            Enter = () => _network?.EnterCommand(i) ?? [],
        };

    /// <summary>One more gateway, which does not run yet and is not counted.</summary>
    protected Node NewGateway(
        int i, Uri? address = null, IReadOnlyDictionary<string, string?>? settings = null, string? logName = null, ProductPrograms? programs = null) =>
        new((programs ?? _programs).Gateway, address ?? LoopbackAt(FreePort.Next()), With(new Dictionary<string, string?>(_isCoHosted ? SiloSettings(_common, Loopback) : _common)
        {
            ["ConnectionStrings__MySql"] = _isCoHosted ? MySqlServer.ConnectionString : null,
            ["Silo__CoHosted"] = $"{_isCoHosted}",
            ["Auth__SigningKey"] = Convert.ToBase64String(_signingKey),
        }, NewClock($"gateway {i}"), settings))
        { LogFile = LogFile(logName ?? $"gateway-{Names.Tag()}") };

    private static IEnumerable<DeployedProcess> Named(string kind, IReadOnlyList<Node> nodes) =>
        nodes.Select((node, i) => new DeployedProcess(nodes.Count == 1 ? kind : $"{kind} {i + 1}", node.Pid));

    /// <returns>The environment that gives a process its clock; nothing where all have that of the machine.</returns>
    private IReadOnlyDictionary<string, string?> NewClock(string owner, int? silo = null)
    {
        if (!_hasClocks)
            return new Dictionary<string, string?>();
        _clocks.Add((owner, silo, new WallClock()));
        return _clocks[^1].Clock.Environment;
    }

    private static Dictionary<string, string?> With(params IEnumerable<IReadOnlyDictionary<string, string?>?> settings)
    {
        var all = new Dictionary<string, string?>();
        foreach (var (name, value) in settings.OfType<IReadOnlyDictionary<string, string?>>().SelectMany(some => some))
            all[name] = value;
        return all;
    }

    private string? LogFile(string name) => _logFolder is null ? null : Path.Combine(_logFolder, $"{name}.log");

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
