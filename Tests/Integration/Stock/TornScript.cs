namespace SecKill.Tests.Integration.Stock;

/// <summary>Runs a script of the product and cuts it after some of its writes, which is what a killed server may keep of it.</summary>
internal static class TornScript
{
    // All that the scripts about a coupon write with; one that is missing here would not be cut.
    private static readonly string[] _writes = ["HSET", "HDEL", "HINCRBY", "SADD", "SREM", "ZADD", "ZREM", "RPUSH", "LTRIM", "DEL", "RENAME"];

    /// <returns>Whether it was cut; else it had no more writes than these.</returns>
    public static async Task<bool> RunAsync(StockSite site, Script script, int writes, RedisKey[] keys, params RedisValue[] arguments)
    {
        var incarnation = (await site.Server.CurrentScriptsAsync(keys[0])).Incarnation;
        var cut = $$"""
            local real, rest, writes = redis, {{writes}}, { {{string.Join(", ", _writes.Select(write => $"{write} = true"))}} }
            local redis = {call = function(command, ...)
              if writes[command] then
                if rest == 0 then error('torn') end
                rest = rest - 1
              end
              return real.call(command, ...)
            end}
            """;
        var replies = (RedisResult[])(await site.Database.ScriptEvaluateAsync(
            $"{cut}\n{ScriptText.For(script, incarnation, "torn")}", keys, [keys.Length, arguments.Length, .. arguments]))!;
        if (replies[0].Resp2Type != ResultType.Array || (int)replies[0][0] != ScriptText.Failed)
            return false;
        var fault = (string)replies[0][1]!;
        return fault.EndsWith("torn", StringComparison.Ordinal) ? true : throw new InvalidOperationException(fault);
    }
}
