using System.Security.Cryptography;
using MySqlConnector;
using SecKill.Tests.Servers;
using StackExchange.Redis;

namespace SecKill.Tests.Deployments;

/// <summary>The production mode in small: Redis, MySQL, silos and gateways, each a process of its own.</summary>
public sealed class ClusterDeployment : Deployment
{
    private readonly byte[] _signingKey = RandomNumberGenerator.GetBytes(32);
    private readonly List<SiloLinks> _links = [];
    private readonly bool _isLinked;
    private readonly RedisGroup? _group;
    private ConnectionMultiplexer? _redis;

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

    /// <summary>On several Redis servers.</summary>
    internal ClusterDeployment(
        RedisGroup? group, int silos = 2, int gateways = 2, IReadOnlyDictionary<string, string?>? settings = null, bool coHosted = false, bool linked = false,
        string? password = null, string? logFolder = null)
    {
        (_group, _isLinked, _logFolder) = (group, linked, logFolder);
        RedisServer = new RedisServer(password: password);
        MySqlServer = password is null ? new MySqlServer() : new MySqlServer(password);
        var common = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Cluster__Id"] = $"tests-{Guid.NewGuid():N}",
            ["ConnectionStrings__Redis"] = group?.ConnectionString ?? RedisServer.ConnectionString,
        };
        Silos = [.. Enumerable.Range(0, silos).Select(_ => NewSilo(common))];
        GatewayNodes = [.. Enumerable.Range(0, gateways).Select(_ => NewGateway(common, coHosted))];
    }

    public RedisServer RedisServer { get; }

    public MySqlServer MySqlServer { get; }

    public IReadOnlyList<Node> Silos { get; }

    public IReadOnlyList<Node> GatewayNodes { get; }

    /// <summary>By silo, where they are linked.</summary>
    internal IReadOnlyList<SiloLinks> Links => _links;

    public override IReadOnlyList<Uri> Gateways => [.. GatewayNodes.Select(node => node.Address)];

    public override byte[] SigningKey => _signingKey;

    public override IConnectionMultiplexer? Redis => _redis;

    public override async Task StartAsync()
    {
        await Task.WhenAll(_group?.StartAsync() ?? RedisServer.StartAsync(), MySqlServer.StartAsync());
        if (_group is null)
            _redis ??= await ConnectionMultiplexer.ConnectAsync($"{RedisServer.ConnectionString},allowAdmin=true,abortConnect=false");
        // One silo first: two that start together would both create the schema, which deserves a test of its own.
        foreach (var silo in Silos)
            await silo.StartAsync();
        await Task.WhenAll(GatewayNodes.Select(gateway => gateway.StartAsync()));
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
    }

    private async Task<MySqlConnection> OpenLedgerAsync()
    {
        var ledger = new MySqlConnection(MySqlServer.ConnectionString);
        await ledger.OpenAsync();
        return ledger;
    }

    private Node NewSilo(Dictionary<string, string?> common) => new(BuiltProgram("Silo"), LoopbackAt(FreePort.Next()), SiloSettings(common)) { LogFile = LogFile("silo") };

    private Node NewGateway(Dictionary<string, string?> common, bool coHosted) =>
        new(BuiltProgram("Gateway"), LoopbackAt(FreePort.Next()), new Dictionary<string, string?>(coHosted ? SiloSettings(common) : common)
        {
            ["ConnectionStrings__MySql"] = coHosted ? MySqlServer.ConnectionString : null,
            ["Silo__CoHosted"] = $"{coHosted}",
            ["Auth__SigningKey"] = Convert.ToBase64String(_signingKey),
        })
        { LogFile = LogFile("gateway") };

    private string? LogFile(string process) => _logFolder is null ? null : Path.Combine(_logFolder, $"{process}-{Names.Tag()}.log");

    private Dictionary<string, string?> SiloSettings(Dictionary<string, string?> common)
    {
        var settings = new Dictionary<string, string?>(common)
        {
            ["ConnectionStrings__MySql"] = MySqlServer.ConnectionString,
            ["Silo__Port"] = $"{FreePort.Next()}",
            ["Silo__GatewayPort"] = $"{FreePort.Next()}",
            ["Silo__AdvertisedAddress"] = "127.0.0.1",
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
internal sealed class SiloLinks(RedisServer redis, MySqlServer mySql) : IAsyncDisposable
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
