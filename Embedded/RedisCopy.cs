using StackExchange.Redis;

namespace SecKill.Embedded;

/// <summary>Copies every live key of one quiet Redis to an empty one. Expiry of whole keys is kept, that of hash fields is not (SecKill has none).</summary>
internal static class RedisCopy
{
    private const int Page = 500;

    /// <summary>Copies all keys of database 0.</summary>
    /// <param name="from">Configuration of the source, which must not be written to meanwhile.</param>
    /// <param name="to">Configuration of the target, empty.</param>
    /// <returns>How many keys were copied.</returns>
    /// <exception cref="NotSupportedException">A key is of a type that cannot be copied; the target is then incomplete.</exception>
    public static async Task<long> AllAsync(string from, string to)
    {
        await using var source = await ConnectionMultiplexer.ConnectAsync(from);
        await using var target = await ConnectionMultiplexer.ConnectAsync(to);
        var server = source.GetServer(source.GetEndPoints().Single());
        long copied = 0;
        // Whole pages at a time: pipelined, thousands of small keys cost a few round trips.
        await foreach (var keys in server.KeysAsync(pageSize: Page).Chunk(Page))
        {
            await Task.WhenAll(keys.Select(key => CopyAsync(source.GetDatabase(), target.GetDatabase(), key)));
            copied += keys.Length;
        }
        return copied;
    }

    private static async Task CopyAsync(IDatabase from, IDatabase to, RedisKey key)
    {
        var expiry = from.KeyTimeToLiveAsync(key);
        switch (await from.KeyTypeAsync(key))
        {
            case RedisType.String:
                await to.StringSetAsync(key, await from.StringGetAsync(key));
                break;
            case RedisType.Hash:
                await foreach (var entries in from.HashScanAsync(key, pageSize: Page).Chunk(Page))
                    await to.HashSetAsync(key, entries);
                break;
            case RedisType.Set:
                await foreach (var members in from.SetScanAsync(key, pageSize: Page).Chunk(Page))
                    await to.SetAddAsync(key, members);
                break;
            case RedisType.List:
                for (long start = 0; await from.ListRangeAsync(key, start, start + Page - 1) is { Length: > 0 } items; start += Page)
                    await to.ListRightPushAsync(key, items);
                break;
            case RedisType.SortedSet:
                for (long start = 0; await from.SortedSetRangeByRankWithScoresAsync(key, start, start + Page - 1) is { Length: > 0 } entries; start += Page)
                    await to.SortedSetAddAsync(key, entries);
                break;
            case RedisType.None:
                return; // expired since it was listed
            case var other:
                throw new NotSupportedException($"The key '{key}' is of type {other}, which a rewrite of the log cannot copy.");
        }
        if (await expiry is { } left)
            await to.KeyExpireAsync(key, left);
    }
}
