namespace SecKill.Grains.Recovery;

/// <summary>A waiting list as a rebuild opens it.</summary>
/// <param name="Logged">How many entries of the waitlog SQL has: the position of the first one in Redis.</param>
/// <param name="Waitlog">What SQL does not have yet.</param>
internal sealed record RebuiltLine(long Logged, IReadOnlyList<WaitEntry> Waitlog)
{
    /// <summary>Who waits, by serial.</summary>
    public required IReadOnlyDictionary<string, long> Waiting { get; init; }

    /// <summary>How many have ever joined.</summary>
    public required long Joins { get; init; }

    /// <summary>How many have ever left.</summary>
    public required long Leaves { get; init; }

    /// <summary>The last serial that was given.</summary>
    public required long Serial { get; init; }

    /// <summary>How many were served, so that the counts agree: what is lost or doubled must not keep the coupon closed.</summary>
    public long Served => Joins - Leaves - Waiting.Count;

    /// <summary>
    /// Puts a waiting list together from the ledger, what survived in Redis and what this silo remembers. What the ledger has already is told
    /// by content, not by position: so a ledger that has fallen back, or a log that has lost its base, is no special case.
    /// </summary>
    /// <param name="row">The coupon's row.</param>
    /// <param name="inLedger">The ledger's rows, by customer.</param>
    /// <param name="log">The surviving waitlog, then what is remembered.</param>
    /// <param name="survivors">Who waits in Redis, by serial.</param>
    /// <param name="isOut">Whether a customer owns a unit, or has returned one.</param>
    /// <param name="now">In microseconds since 1970.</param>
    public static RebuiltLine Of(
        LedgerCoupon row, IReadOnlyDictionary<string, LedgerWait> inLedger, IEnumerable<WaitEntry> log, IReadOnlyDictionary<string, long> survivors,
        Func<string, bool> isOut, long now)
    {
        var pending = new Dictionary<(bool IsJoin, long Serial, string User), WaitEntry>();
        foreach (var entry in log)
        {
            if (!IsIn(inLedger, entry))
                pending.TryAdd((entry.IsJoin, entry.Serial, entry.User), entry);
        }
        // Who waits in Redis and nowhere else has joined, and all trace of it was lost.
        foreach (var (user, serial) in survivors)
        {
            var entry = new WaitEntry(true, now, serial, user);
            if (!IsIn(inLedger, entry))
                pending.TryAdd((true, serial, user), entry);
        }
        // Each customer's joins before the leaves, which say which join they end.
        List<WaitEntry> waitlog = [.. pending.Values.OrderByDescending(entry => entry.IsJoin).ThenBy(entry => entry.Serial)];

        var waiting = inLedger.Values.Where(wait => wait.LeftAt is null).ToDictionary(wait => wait.User, wait => wait.Serial);
        foreach (var entry in waitlog)
        {
            if (entry.IsJoin)
                waiting[entry.User] = Math.Max(entry.Serial, waiting.GetValueOrDefault(entry.User));
            else if (waiting.GetValueOrDefault(entry.User) == entry.Serial)
                waiting.Remove(entry.User);
        }
        foreach (var user in waiting.Keys.Where(isOut).ToList())
            waiting.Remove(user);
        return new RebuiltLine(row.Joins + row.Leaves, waitlog)
        {
            Waiting = waiting,
            Joins = row.Joins + waitlog.Count(entry => entry.IsJoin),
            Leaves = row.Leaves + waitlog.Count(entry => !entry.IsJoin),
            Serial = inLedger.Values.Select(wait => wait.Serial).Concat(waitlog.Select(entry => entry.Serial)).Append(row.Joins).Max(),
        };
    }

    /// <summary>Whether the ledger has an entry of the waitlog, or a later one of that customer.</summary>
    public static bool IsIn(IReadOnlyDictionary<string, LedgerWait> inLedger, in WaitEntry entry) =>
        inLedger.TryGetValue(entry.User, out var wait)
        && (wait.Serial > entry.Serial || (wait.Serial == entry.Serial && (entry.IsJoin || wait.LeftAt is not null)));
}
