using System.Security.Cryptography;
using MySqlConnector;
using SecKill.Tests.Servers;
using StackExchange.Redis;

namespace SecKill.Tests.Deployments;

/// <summary>The production mode in small: Redis, MySQL, silos and gateways, each a process of its own.</summary>
public sealed class ClusterDeployment : Deployment
{
    private readonly byte[] _signingKey = RandomNumberGenerator.GetBytes(32);
    private ConnectionMultiplexer? _redis;

    private readonly string? _logFolder;

    /// <param name="silos">How many.</param>
    /// <param name="gateways">How many.</param>
    /// <param name="settings">Of all of them.</param>
    /// <param name="coHosted">Makes the gateways silos too.</param>
    /// <param name="password">That Redis and MySQL ask for.</param>
    /// <param name="logFolder">Where each process has a file for all that it writes.</param>
    public ClusterDeployment(
        int silos = 2, int gateways = 2, IReadOnlyDictionary<string, string?>? settings = null, bool coHosted = false, string? password = null, string? logFolder = null)
    {
        RedisServer = new RedisServer(password: password);
        MySqlServer = password is null ? new MySqlServer() : new MySqlServer(password);
        _logFolder = logFolder;
        var common = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Cluster__Id"] = $"tests-{Guid.NewGuid():N}",
            ["ConnectionStrings__Redis"] = RedisServer.ConnectionString,
        };
        Silos = [.. Enumerable.Range(0, silos).Select(_ => NewSilo(common))];
        GatewayNodes = [.. Enumerable.Range(0, gateways).Select(_ => NewGateway(common, coHosted))];
    }

    public RedisServer RedisServer { get; }

    public MySqlServer MySqlServer { get; }

    public IReadOnlyList<Node> Silos { get; }

    public IReadOnlyList<Node> GatewayNodes { get; }

    public override IReadOnlyList<Uri> Gateways => [.. GatewayNodes.Select(node => node.Address)];

    public override byte[] SigningKey => _signingKey;

    public override IConnectionMultiplexer? Redis => _redis;

    public override async Task StartAsync()
    {
        await Task.WhenAll(RedisServer.StartAsync(), MySqlServer.StartAsync());
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

    public override async Task<long> LedgerLeftAsync(string seller, string coupon)
    {
        await using var ledger = await OpenLedgerAsync();
        return await LedgerQueries.LeftAsync(ledger, seller, coupon);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in GatewayNodes.Concat(Silos))
            await node.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        await MySqlServer.DisposeAsync();
        await RedisServer.DisposeAsync();
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

    private Dictionary<string, string?> SiloSettings(Dictionary<string, string?> common) => new(common)
    {
        ["ConnectionStrings__MySql"] = MySqlServer.ConnectionString,
        ["Silo__Port"] = $"{FreePort.Next()}",
        ["Silo__GatewayPort"] = $"{FreePort.Next()}",
        ["Silo__AdvertisedAddress"] = "127.0.0.1",
    };
}
