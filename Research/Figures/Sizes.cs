using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Deployments;
using StackExchange.Redis;

namespace SecKill.Research.Figures;

/// <summary>What a claim that won leaves behind in Redis and SQL, and what passes between them and the silo for it.</summary>
internal static class Sizes
{
    // Twice the drain interval: a count that is stable for that long is final.
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<Figure> MeasureAsync(TestBed bed, [EnumeratorCancellation] CancellationToken stop)
    {
        var product = await bed.ProductAsync(stop);
        var before = await Reading.TakeAsync(product, stop);
        var won = (await bed.PlayAsync(LoadScenario.Sell, bed.Load(product), stop)).Claims.Won;
        await using (var ledger = await product.OpenLedgerAsync())
            await LedgerQueries.DrainedAsync(ledger, seller: null, _ => Task.FromResult(false), _standstill, stop);
        var after = await Reading.TakeAsync(product, stop);
        yield return Of("memory of Redis: owner, and the winner's list", reading => reading.RedisMemory);
        yield return Of("written to Redis's append-only file", reading => reading.RedisLog);
        yield return Of("received by Redis", reading => reading.RedisIn);
        yield return Of("sent by Redis", reading => reading.RedisOut);
        yield return Of("rows and indexes of MySQL", reading => reading.SqlData);
        yield return Of("received by MySQL", reading => reading.SqlIn);

        Figure Of(string name, Func<Reading, long> value) => new($"a claim that won: {name}", (double)(value(after) - value(before)) / won, "bytes");
    }

    private static async Task<long> NumberAsync(DbConnection ledger, string sql, CancellationToken stop, int column = 0)
    {
        await using var command = ledger.CreateCommand();
        command.CommandText = sql;
        await using var row = await command.ExecuteReaderAsync(stop);
        return await row.ReadAsync(stop) ? Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture) : 0;
    }

    private sealed record Reading(long RedisMemory, long RedisLog, long RedisIn, long RedisOut, long SqlData, long SqlIn)
    {
        public static async Task<Reading> TakeAsync(ClusterDeployment product, CancellationToken stop)
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync($"{product.RedisServer.ConnectionString},allowAdmin=true");
            var info = (await redis.GetServers()[0].InfoAsync()).SelectMany(section => section).ToLookup(line => line.Key, line => line.Value);
            await using var ledger = await product.OpenLedgerAsync();
            // What information_schema tells is as old as the last of these.
            await using (var analyze = ledger.CreateCommand())
            {
                analyze.CommandText = "ANALYZE TABLE claims";
                await analyze.ExecuteNonQueryAsync(stop);
            }
            return new Reading(
                Number("used_memory_dataset"), Number("aof_current_size"), Number("total_net_input_bytes"), Number("total_net_output_bytes"),
                await NumberAsync(ledger, "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'claims'", stop),
                await NumberAsync(ledger, "SHOW GLOBAL STATUS LIKE 'Bytes_received'", stop, column: 1));

            long Number(string name) => long.Parse(info[name].First(), CultureInfo.InvariantCulture);
        }
    }
}
