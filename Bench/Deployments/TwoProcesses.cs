using System.Data.Common;
using MySqlConnector;
using SecKill.Tests.Deployments;
using SecKill.Tests.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>The smallest cluster: a gateway, a silo, a Redis that forces every write to the disk, a MySQL.</summary>
internal sealed class TwoProcesses : ProductDeployment
{
    private readonly RedisServer _redis = new();
    private readonly MySqlServer _mySql = new();
    private readonly Node _silo;
    private readonly Node _gateway;

    public TwoProcesses(ProductPrograms programs, byte[] signingKey)
    {
        var common = ClusterSettings(_redis.ConnectionString);
        _silo = new Node(programs.Silo, NewAddress(), SiloSettings(common, _mySql.ConnectionString));
        _gateway = new Node(programs.Gateway, NewAddress(), new Dictionary<string, string?>(common)
        {
            ["ConnectionStrings__MySql"] = null,
            ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
        });
    }

    public override Uri Address => _gateway.Address;

    public override IReadOnlyList<Part> Parts =>
        [new("gateway", _gateway.Pid), new("silo", _silo.Pid), new("redis", _redis.Pid), new("mysql", _mySql.Pid)];

    public override string Redis => _redis.ConnectionString;

    public override async Task StartAsync()
    {
        await Task.WhenAll(_redis.StartAsync(), _mySql.StartAsync());
        await _silo.StartAsync();
        await _gateway.StartAsync();
    }

    public override async Task<DbConnection> OpenLedgerAsync()
    {
        var ledger = new MySqlConnection(_mySql.ConnectionString);
        await ledger.OpenAsync();
        return ledger;
    }

    public override async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _silo.DisposeAsync();
        await _redis.DisposeAsync();
        await _mySql.DisposeAsync();
    }
}
