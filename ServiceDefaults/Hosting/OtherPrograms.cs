using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SecKill.Grains.Interfaces;
using StackExchange.Redis;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>
/// Looks for silos of this service whose programs have another <see cref="Protocol"/> number, in the tables of members that Orleans keeps
/// in Redis. A silo is taken to run if it renews its row, which it does each second, or if its address accepts connections: one that was
/// killed leaves its row behind, which is removed, and a frozen one still listens.
/// </summary>
internal sealed class OtherPrograms(ConfigurationOptions redis, ClusterNames cluster, TimeProvider time)
{
    private const int Dead = 6;
    private const int Numbers = 50;

    // Some more than a silo needs to renew its row.
    private static readonly TimeSpan _watched = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(1);

    /// <summary>Looks at the clusters of this name.</summary>
    /// <exception cref="ConfigurationException">There is one.</exception>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task ThrowIfAnyAsync(CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync();
        var silo = await FindRunningAsync(connection, () => Task.FromResult(TablesOfName()), isSure: false, cancellation);
        ThrowIfOther(silo);
    }

    /// <summary>Looks at all clusters of the service, and for silos that start meanwhile: before and after stores are changed.</summary>
    /// <inheritdoc cref="ThrowIfAnyAsync(CancellationToken)" path="/exception"/>
    public async Task ThrowIfAnyOfServiceAsync(CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync();
        var silo = await FindRunningAsync(
            connection, async () => [.. (await TablesAsync(connection, cancellation)).Where(table => NumberOf(table) != Protocol.Number)], isSure: true, cancellation);
        ThrowIfOther(silo);
    }

    /// <summary>Looks for silos of the service of any number, this one too.</summary>
    /// <inheritdoc cref="ThrowIfAnyAsync(CancellationToken)" path="/exception"/>
    public async Task ThrowIfAnyAtAllAsync(CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync();
        if (await FindRunningAsync(connection, () => TablesAsync(connection, cancellation), isSure: true, cancellation) is { } silo)
            throw new ConfigurationException($"Silo {silo.Silo} still runs. Stop all gateways and silos of the service first.");
    }

    private static void ThrowIfOther((string Silo, int Number)? silo)
    {
        if (silo is { } other)
        {
            throw new ConfigurationException(
                $"Silo {other.Silo} runs a program of another protocol number ({other.Number}; this one has {Protocol.Number}). " +
                "Stop all gateways and silos of the service, then start these: docs/operating/backup.md, Upgrading.");
        }
    }

    private async Task<(string Silo, int Number)?> FindRunningAsync(
        ConnectionMultiplexer connection, Func<Task<List<RedisKey>>> findTables, bool isSure, CancellationToken cancellation)
    {
        var before = await RowsAsync(connection, await findTables());
        if (before.Count == 0 && !isSure)
            return null;
        await Task.Delay(_watched, time, cancellation);
        var mine = (await RowsAsync(connection, [Table(Protocol.ClusterId(cluster.Id))])).Keys.Select(row => AddressOf(row.Silo)).ToHashSet();
        var after = await RowsAsync(connection, await findTables());
        foreach (var ((table, silo), text) in after)
        {
            var found = (Silo: silo, Number: NumberOf(table));
            if (!before.TryGetValue((table, silo), out var earlier) || earlier != text)
                return found;
            // A row of a silo that was killed stays. Its address may be that of one of ours by now.
            var isOurs = found.Number != Protocol.Number && mine.Contains(AddressOf(silo));
            if (!isOurs && await IsListeningAsync(AddressOf(silo)!, cancellation))
                return found;
        }
        await RemoveAsync(connection, after);
        return null;
    }

    /// <summary>Removes the rows of killed silos of other numbers: none of their programs declares them dead any more, and every start would watch them.</summary>
    private static async Task RemoveAsync(ConnectionMultiplexer connection, Dictionary<(RedisKey Table, string Silo), string> rows)
    {
        foreach (var ((table, silo), text) in rows.Where(row => NumberOf(row.Key.Table) != Protocol.Number))
        {
            var removal = connection.GetDatabase().CreateTransaction();
            removal.AddCondition(Condition.HashEqual(table, silo, text));
            _ = removal.HashDeleteAsync(table, silo);
            await removal.ExecuteAsync();
        }
    }

    /// <exception cref="UnavailableException">A server that may hold a table does not answer.</exception>
    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        if (connection.GetServers() is { Length: > 0 } servers && Array.TrueForAll(servers, server => server.IsConnected || server.IsReplica))
            return connection;
        await connection.DisposeAsync();
        throw new UnavailableException("Redis does not answer, so that it is not known which programs run.");
    }

    private List<RedisKey> TablesOfName() =>
        [.. Enumerable.Range(1, Numbers).Where(number => number != Protocol.Number).Select(number => Table(Protocol.ClusterId(cluster.Id, number)))];

    private async Task<List<RedisKey>> TablesAsync(ConnectionMultiplexer connection, CancellationToken cancellation)
    {
        var (tables, prefix) = (new HashSet<RedisKey>(), $"{Table("")}");
        foreach (var server in connection.GetServers().Where(server => !server.IsReplica))
        {
            await foreach (var key in server.KeysAsync(connection.GetDatabase().Database, "*/members/*", pageSize: 1000).WithCancellation(cancellation))
            {
                if ($"{key}".StartsWith(prefix, StringComparison.Ordinal))
                    tables.Add(key);
            }
        }
        return [.. tables];
    }

    /// <returns>The rows of silos that were not stopped or declared dead.</returns>
    private static async Task<Dictionary<(RedisKey Table, string Silo), string>> RowsAsync(ConnectionMultiplexer connection, List<RedisKey> tables)
    {
        var found = await Task.WhenAll(tables.Select(table => connection.GetDatabase().HashGetAllAsync(table, CommandFlags.DemandMaster)));
        return tables.Zip(found)
            .SelectMany(table => table.Second.Where(IsRunning).Select(row => (Key: (table.First, $"{row.Name}"), Text: $"{row.Value}")))
            .ToDictionary(row => row.Key, row => row.Text);
    }

    private RedisKey Table(string clusterId) => $"{cluster.ServiceId}/members/{clusterId}";

    /// <summary>The number in a table's name; no setting contains the sign before it.</summary>
    private static int NumberOf(RedisKey table) =>
        $"{table}".Split(Protocol.Sign) is [_, .., var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : 1;

    /// <summary>Every field of the table but Orleans' version is a silo, by its address.</summary>
    private static bool IsRunning(HashEntry row)
    {
        if (AddressOf($"{row.Name}") is null)
            return false;
        try
        {
            using var json = JsonDocument.Parse($"{row.Value}");
            return json.RootElement.TryGetProperty("Status", out var status) && status.ValueKind == JsonValueKind.Number && status.GetInt32() != Dead;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Of <c>S127.0.0.1:11111:123456789</c>; null for a field that is no silo.</summary>
    private static IPEndPoint? AddressOf(string silo)
    {
        var text = silo.TrimStart('S');
        return IPEndPoint.TryParse(text.LastIndexOf(':') is > 0 and var end ? text[..end] : text, out var address) && address.Port > 0 ? address : null;
    }

    private static async Task<bool> IsListeningAsync(IPEndPoint address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_connectLimit);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
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
