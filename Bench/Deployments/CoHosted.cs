using System.Data.Common;
using MySqlConnector;
using SecKill.Tests.Deployments;
using SecKill.Tests.Servers;

namespace SecKill.Bench.Deployments;

/// <summary>Gateway and silo in one process, with the databases of a cluster.</summary>
internal sealed class CoHosted : ProductDeployment
{
    /// <summary>The gateway's setting that asks for it.</summary>
    public const string Setting = "Silo:CoHosted";

    private readonly RedisServer _redis = new();
    private readonly MySqlServer _mySql = new();
    private readonly Node _gateway;

    public CoHosted(ProductPrograms programs, byte[] signingKey) =>
        _gateway = new Node(programs.Gateway, NewAddress(),
            new Dictionary<string, string?>(SiloSettings(ClusterSettings(_redis.ConnectionString), _mySql.ConnectionString))
            {
                [Setting.Replace(":", "__", StringComparison.Ordinal)] = "true",
                ["Auth__SigningKey"] = Convert.ToBase64String(signingKey),
            });

    public override Uri Address => _gateway.Address;

    public override IReadOnlyList<Part> Parts => [new("gateway+silo", _gateway.Pid), new("redis", _redis.Pid), new("mysql", _mySql.Pid)];

    public override string Redis => _redis.ConnectionString;

    public override async Task StartAsync()
    {
        await Task.WhenAll(_redis.StartAsync(), _mySql.StartAsync());
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
        await _redis.DisposeAsync();
        await _mySql.DisposeAsync();
    }
}
