using System.Diagnostics;
using SecKill.ServiceDefaults.Batching;

namespace SecKill.Grains.Stock;

public sealed partial class StockServer
{
    // The size of one script call: a thousand users are a few milliseconds, in which Redis serves no other call.
    private const int MaxWeight = 2_000;
    private const int MaxWaitingCalls = 50_000;

    private static readonly string[] _spanNames = Array.ConvertAll(Enum.GetValues<Script>(), script => $"EVALSHA {MetricCounter.WordOf(script)}");

    /// <summary>
    /// By script: concurrent calls of this silo's grains go to Redis as one, one in flight per script. Those of the claim batch grain are
    /// one call already. On a cluster nothing is gathered: calls go by slot, and one server that is away must not hold up the others.
    /// </summary>
    private readonly NaturalBatcher<ScriptCall, RedisResult[]>[] _gathered;

    /// <summary>
    /// Runs a script on the server that holds the keys, under that server's present incarnation, together with concurrent calls of it.
    /// </summary>
    /// <exception cref="UnavailableException">No answer; whether the script ran is not known.</exception>
    internal async Task<RedisResult[]> EvaluateAsync(Script script, RedisKey[] keys, params RedisValue[] arguments) =>
        Checked(IsCluster
            ? (await EvaluateAsync(script, [new ScriptCall(keys, arguments)]))[0]
            : await _gathered[(int)script].Add(new ScriptCall(keys, arguments)));

    /// <summary>Runs a script, all calls for one server together.</summary>
    /// <returns>One reply per call, in order.</returns>
    /// <inheritdoc cref="EvaluateAsync(Script, RedisKey[], RedisValue[])" path="/exception"/>
    internal Task<IReadOnlyList<RedisResult[]>> EvaluateAsync(Script script, IReadOnlyList<ScriptCall> calls) => Guard(async () =>
    {
        if (calls.Count == 1 || !IsCluster)
            return await RunAsync(script, calls);
        var replies = new RedisResult[calls.Count][];
        await Task.WhenAll(BySlot([.. Enumerable.Range(0, calls.Count)], i => calls[i].Keys[0]).Select(async slot =>
        {
            var found = await RunAsync(script, [.. slot.Select(i => calls[i])]);
            for (var k = 0; k < found.Count; k++)
                replies[slot[k]] = found[k];
        }));
        return replies;
    });

    /// <summary>Runs a script only if the server still is in the given set's incarnation.</summary>
    /// <exception cref="UnavailableException">No answer, or the server is another one since.</exception>
    internal Task<RedisResult[]> EvaluateAsync(ScriptSet scripts, Script script, RedisKey[] keys, params RedisValue[] arguments) =>
        Guard(async () => Checked((await RunAsync(scripts, script, [new ScriptCall(keys, arguments)]))[0]));

    /// <summary>As <see cref="EvaluateAsync(ScriptSet, Script, RedisKey[], RedisValue[])"/>, for several on one server.</summary>
    /// <returns>One reply per call, in order; see <see cref="FailureOf"/>.</returns>
    internal Task<IReadOnlyList<RedisResult[]>> EvaluateAsync(ScriptSet scripts, Script script, IReadOnlyList<ScriptCall> calls) => Guard(() => RunAsync(scripts, script, calls));

    /// <summary>What one script call may hold: on a cluster the keys of one slot, else any.</summary>
    internal IReadOnlyList<IReadOnlyList<T>> BySlot<T>(IReadOnlyList<T> items, Func<T, RedisKey> keyOf) =>
        IsCluster ? [.. items.GroupBy(item => Connection.HashSlot(keyOf(item))).Select(slot => slot.ToArray())] : [items];

    /// <summary>Whether scripts may write the lists of many users: not on a cluster, where each lies in a slot of its own.</summary>
    internal bool ScriptsWriteLists => !IsCluster;

    /// <summary>
    /// Once a cluster, always one: a server that has just come back is not known to belong to it for a while, and would be taken for the
    /// primary of every key.
    /// </summary>
    private bool IsCluster => _standalone is null && (_isCluster || (_isCluster = Primaries().Any(server => server.ServerType == ServerType.Cluster)));

    private NaturalBatcher<ScriptCall, RedisResult[]> NewBatcher(Script script) =>
        new(calls => EvaluateAsync(script, calls), MaxWeight, MaxWaitingCalls, call => call.Keys.Length + call.Arguments.Length, name: "script call");

    private async Task<IReadOnlyList<RedisResult[]>> RunAsync(Script script, IReadOnlyList<ScriptCall> calls)
    {
        var key = calls[0].Keys[0];
        var scripts = await ScriptsForAsync(key, refused: null);
        try
        {
            return await RunAsync(scripts, script, calls);
        }
        catch (RedisServerException fault) when (fault.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Nothing was executed, so a second try is no second claim. The new scripts will find the stock stale.
            return await RunAsync(await ScriptsForAsync(key, refused: scripts), script, calls);
        }
    }

    private async Task<IReadOnlyList<RedisResult[]>> RunAsync(ScriptSet scripts, Script script, IReadOnlyList<ScriptCall> calls)
    {
        using var activity = Tracing.Start(_spanNames[(int)script], ActivityKind.Client);
        var began = _time.GetTimestamp();
        var (keys, arguments) = ScriptCall.Joined(calls);
        try
        {
            var running = Database.ScriptEvaluateAsync(scripts.Hashes[(int)script], keys, arguments, CommandFlags.DemandMaster);
            // A list that shows a claim is a promise too, so it waits for the claim's commit; and a view that tells of a window's edge.
            if (script is not (Script.Read or Script.Peek or Script.Audit or Script.Standing))
                await DurablyAsync(running);
            var result = await running;
            if (script == Script.Claim)
                SiloMetrics.Decided(calls.Sum(call => call.Arguments.Length));
            return Array.ConvertAll((RedisResult[])result!, reply => reply.Resp2Type == ResultType.Array ? (RedisResult[])reply! : [reply]);
        }
        finally
        {
            // The failed ones too: while Redis hangs there are no others.
            SiloMetrics.Ran(script, _time.GetElapsedTime(began).TotalSeconds);
        }
    }

    /// <summary>The error of a script that failed, or null.</summary>
    internal string? FailureOf(RedisResult[] reply)
    {
        if ((int)reply[0] != ScriptText.Failed)
            return null;
        var text = (string?)reply[1] ?? "";
        // Demoted: should it ever be primary again, then with another's data.
        if (text.Contains("READONLY", StringComparison.Ordinal))
            ForgetIncarnations();
        return text;
    }

    /// <summary>The reply, unless the script failed.</summary>
    /// <exception cref="UnavailableException">It failed.</exception>
    internal RedisResult[] Checked(RedisResult[] reply) =>
        FailureOf(reply) is { } text ? throw new UnavailableException($"Redis refused: {text}") : reply;
}
