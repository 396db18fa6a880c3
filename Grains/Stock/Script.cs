namespace SecKill.Grains.Stock;

/// <summary>The Lua scripts, one per file of the folder Lua; <see cref="Tell"/> is claim.lua for a sale that operators have stopped.</summary>
internal enum Script
{
    Claim,
    Read,
    Peek,
    Acknowledge,
    Close,
    Restore,
    Open,
    Apply,
    Hold,
    Giveback,
    Standing,
    Tell,
    Join,
    Leave,
    Place,
    Serve,
    List,
    Add,
    Verify,
    Audit,
    Watch,
    View,
    Logout,
}

/// <summary>One run of a script: for one coupon, or one list.</summary>
/// <param name="Keys">At least one; on a cluster all of one slot.</param>
/// <param name="Arguments">In the script's order.</param>
internal readonly record struct ScriptCall(RedisKey[] Keys, RedisValue[] Arguments)
{
    /// <summary>The keys and arguments of one EVALSHA that makes these runs, in the form of calls.lua.</summary>
    public static (RedisKey[] Keys, RedisValue[] Arguments) Joined(IReadOnlyList<ScriptCall> calls)
    {
        var (width, count) = (0, 0);
        foreach (var call in calls)
            (width, count) = (width + call.Keys.Length, count + 2 + call.Arguments.Length);
        var (keys, arguments) = (new RedisKey[width], new RedisValue[count]);
        (width, count) = (0, 0);
        foreach (var call in calls)
        {
            call.Keys.CopyTo(keys, width);
            width += call.Keys.Length;
            (arguments[count], arguments[count + 1]) = (call.Keys.Length, call.Arguments.Length);
            call.Arguments.CopyTo(arguments, count + 2);
            count += 2 + call.Arguments.Length;
        }
        return (keys, arguments);
    }
}
