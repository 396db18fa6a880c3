using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using StackExchange.Redis;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// Looks for silos of this service whose programs have another <see cref="Protocol"/> number, in the tables of members that Orleans keeps
/// in Redis. A silo is taken to run if it renews its row, which it does each second, or if its address accepts connections: one that was
/// killed leaves its row behind, and a frozen one still listens.
/// </summary>
internal sealed class OtherPrograms(ConfigurationOptions redis, ClusterNames cluster, TimeProvider time)
{
    private const int Dead = 6;
    private const int Numbers = 50;

    // Twice what a silo needs to renew its row, and some more.
    private static readonly TimeSpan _watched = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(1);

    /// <summary>Looks at the clusters of this name, or at all of the service.</summary>
    /// <exception cref="ConfigurationException">There is one.</exception>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task ThrowIfAnyAsync(bool inAllClusters, CancellationToken cancellation)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var tables = inAllClusters ? await AllTablesAsync(connection, cancellation) : OwnTables();
        var before = await RowsAsync(connection, tables);
        if (before.Count == 0)
            return;
        await Task.Delay(_watched, time, cancellation);
        foreach (var (row, text) in await RowsAsync(connection, tables))
        {
            if (before.TryGetValue(row, out var earlier) && (earlier != text || await IsListeningAsync(row.Silo, cancellation)))
            {
                throw new ConfigurationException(
                    $"Silo {row.Silo} runs a program of another protocol number ({row.Number}; this one has {Protocol.Number}). " +
                    "Stop all gateways and silos of the service, then start these: docs/operating/backup.md, Upgrading.");
            }
        }
    }

    private List<RedisKey> OwnTables() =>
        [.. Enumerable.Range(1, Numbers).Where(number => number != Protocol.Number).Select(number => Table(Protocol.ClusterId(cluster.Id, number)))];

    private async Task<List<RedisKey>> AllTablesAsync(ConnectionMultiplexer connection, CancellationToken cancellation)
    {
        var tables = new HashSet<RedisKey>();
        foreach (var server in connection.GetServers().Where(server => server.IsConnected && !server.IsReplica))
        {
            await foreach (var key in server.KeysAsync(connection.GetDatabase().Database, $"{cluster.ServiceId}/members/*", pageSize: 1000).WithCancellation(cancellation))
                tables.Add(key);
        }
        return [.. tables.Where(table => NumberOf(table) != Protocol.Number)];
    }

    /// <returns>The rows of silos that were not stopped or declared dead.</returns>
    private static async Task<Dictionary<(string Silo, int Number), string>> RowsAsync(ConnectionMultiplexer connection, List<RedisKey> tables)
    {
        var found = await Task.WhenAll(tables.Select(table => connection.GetDatabase().HashGetAllAsync(table, CommandFlags.DemandMaster)));
        return tables.Zip(found)
            .SelectMany(table => table.Second.Where(IsRunning).Select(row => (Key: ($"{row.Name}", NumberOf(table.First)), Text: $"{row.Value}")))
            .ToDictionary(row => row.Key, row => row.Text);
    }

    private RedisKey Table(string clusterId) => $"{cluster.ServiceId}/members/{clusterId}";

    private static int NumberOf(RedisKey table) =>
        $"{table}".Split('@') is [_, .., var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : 1;

    /// <summary>Every field of the table but Orleans' version is a silo, by its address.</summary>
    private static bool IsRunning(HashEntry row)
    {
        if (!TryReadAddress($"{row.Name}", out _))
            return false;
        using var json = JsonDocument.Parse($"{row.Value}");
        return json.RootElement.TryGetProperty("Status", out var status) && status.ValueKind == JsonValueKind.Number && status.GetInt32() != Dead;
    }

    private static bool TryReadAddress(string silo, [NotNullWhen(true)] out IPEndPoint? address)
    {
        // S127.0.0.1:11111:123456789
        var text = silo.TrimStart('S');
        return IPEndPoint.TryParse(text.LastIndexOf(':') is > 0 and var end ? text[..end] : text, out address) && address.Port > 0;
    }

    private static async Task<bool> IsListeningAsync(string silo, CancellationToken cancellation)
    {
        _ = TryReadAddress(silo, out var address);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_connectLimit);
        using var socket = new Socket(address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
