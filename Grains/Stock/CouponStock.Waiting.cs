using SecKill.Grains.Recovery;

namespace SecKill.Grains.Stock;

/// <content>The waiting list.</content>
internal sealed partial class CouponStock
{
    private const string Waitlog = "waitlog";

    private volatile bool _hasWaitlist;

    /// <summary>Whether the coupon has a waiting list, as far as is known from reading the stock: then scripts about claims get its keys too.</summary>
    public bool HasWaitlist => _hasWaitlist;

    /// <summary>Puts customers in line, in the given order.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<JoinDecision> JoinAsync(IReadOnlyList<string> users)
    {
        var reply = await server.EvaluateAsync(Script.Join, Keys, ValuesOf(users));
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new JoinDecision(
                state, Number(reply[1]), Number(reply[2]), OutcomesOf(reply[3]), Array.ConvertAll((RedisResult[])reply[4]!, place => (long)place),
                Array.ConvertAll((RedisResult[])reply[5]!, serial => (long)serial), (long)reply[6], (long)reply[7], (long)reply[8],
                (long)reply[9], (string)reply[10]! == "1", Number(reply[11]), LatchesOf(reply, 12))
            : new JoinDecision(state, 0, 0, [], [], [], 0, 0, 0);
    }

    /// <summary>Takes customers out of the line.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<LeaveDecision> LeaveAsync(IReadOnlyList<string> users)
    {
        var reply = await server.EvaluateAsync(Script.Leave, Keys, ValuesOf(users));
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new LeaveDecision(state, Number(reply[1]), Number(reply[2]), OutcomesOf(reply[3]), Array.ConvertAll((RedisResult[])reply[4]!, serial => (long)serial), (long)reply[5], (long)reply[6])
            : new LeaveDecision(state, 0, 0, [], [], 0);
    }

    /// <summary>Reads a customer's place in line.</summary>
    /// <returns>
    /// Null unless the stock is verified; the place, 0 for an owner, -1 for one who does not wait, -2 where there is no waiting list; how many wait; and when it
    /// was read, in microseconds since 1970; the epoch, and how many claims have ever entered the outbox.
    /// </returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<(long Place, long Of, long Micros, long Epoch, long Positions)?> PlaceAsync(string user)
    {
        var reply = await server.EvaluateAsync(Script.Place, Keys, user);
        return (StockState)(int)reply[0] == StockState.Verified ? ((long)reply[1], (long)reply[2], Number(reply[3]), Number(reply[4]), (long)reply[5]) : null;
    }

    /// <summary>Gives units that are left to those first in line, at most 512 of them.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<ServedUnits> ServeAsync()
    {
        var reply = await server.EvaluateAsync(Script.Serve, Keys);
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new ServedUnits(
                state, Number(reply[1]), (int)reply[2], (long)reply[3], (long)reply[4], Number(reply[5]), (string)reply[6]! == "1",
                Array.ConvertAll((RedisResult[])reply[7]!, user => (string)user!), Number(reply[8]), LatchesOf(reply, 9))
            : new ServedUnits(state, 0, 0, 0, 0, 0, false, []);
    }

    /// <summary>Reads the first entries of the waitlog, at most 1000.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<WaitlogHead> PeekWaitlogAsync(int count)
    {
        const int FirstEntry = 7;
        var reply = await server.EvaluateAsync(Script.Peek, Keys, count, Waitlog);
        var state = (StockState)(int)reply[0];
        if (state != StockState.Verified)
            return new WaitlogHead(state, default, 0, 0, []);
        var entries = new WaitEntry[reply.Length - FirstEntry];
        for (var i = 0; i < entries.Length; i++)
        {
            // A rebuild makes a log without it.
            if (!WaitEntry.TryParse((string)reply[FirstEntry + i]!, out entries[i]))
                return new WaitlogHead(StockState.Unverified, default, 0, 0, []);
        }
        return new WaitlogHead(state, new LedgerKey(Number(reply[1]), Number(reply[2])), Number(reply[3]), (long)reply[4], entries);
    }

    /// <summary>Removes persisted entries from the head of the waitlog.</summary>
    /// <returns>False where the head is no longer where it was read.</returns>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<bool> AcknowledgeWaitlogAsync(long epoch, long position, int count) =>
        (int)(await server.EvaluateAsync(Script.Acknowledge, Keys, epoch, position, count, Waitlog))[0] == 1;

    /// <summary>Who waits, by serial; of those who join or leave meanwhile, some.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<Dictionary<string, long>> LineAsync() => StockServer.Guard(async () =>
    {
        var line = new Dictionary<string, long>();
        await foreach (var entry in server.Database.SortedSetScanAsync(Waiting, pageSize: PageSize, flags: CommandFlags.DemandMaster))
            line[(string)entry.Element!] = (long)entry.Score;
        return line;
    });

    /// <summary>All entries of the waitlog, but for what is none; of those that are recorded meanwhile, some.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<WaitEntry>> WaitlogAsync() => StockServer.Guard(async () =>
    {
        const int Page = 20_000;
        var log = new List<WaitEntry>();
        for (long first = 0; ; first += Page)
        {
            var texts = await server.Database.ListRangeAsync(_keys[StockKeys.Fenced + 2], first, first + Page - 1, CommandFlags.DemandMaster);
            foreach (var text in texts)
            {
                if (WaitEntry.TryParse((string)text!, out var entry))
                    log.Add(entry);
            }
            if (texts.Length < Page)
                return log;
        }
    });

    /// <summary>Those of some users who do not wait.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> NotWaitingAsync(IEnumerable<string> users) => StockServer.Guard(async () =>
    {
        var others = new List<string>();
        foreach (var some in users.Chunk(PageSize))
        {
            var places = await server.Database.SortedSetScoresAsync(Waiting, Array.ConvertAll(some, user => (RedisValue)user), CommandFlags.DemandMaster);
            others.AddRange(some.Where((_, i) => places[i] is null));
        }
        return others;
    });

    /// <summary>Whether what was confirmed of the waiting list is in the stock: who joined waits, or was served; who left does not wait there.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<bool> HasLineAsync(IReadOnlyList<WaitEntry> entries)
    {
        var last = entries.GroupBy(entry => entry.User).Select(ofUser => ofUser.MaxBy(entry => (entry.Serial, !entry.IsJoin))).ToList();
        // In this order: one who is served is an owner before he leaves the line, and one who returns is noted before he is no owner.
        var absent = await NotWaitingAsync(last.Where(entry => entry.IsJoin).Select(entry => entry.User));
        if (absent.Count > 0 && (await NonOwnersAsync(absent)).Count > 0)
            return false;
        var left = last.Where(entry => !entry.IsJoin).Select(entry => entry.User).ToList();
        // One who has joined again meanwhile is not told apart: then the stock is rebuilt, which does no harm.
        return (await NotWaitingAsync(left)).Count == left.Count;
    }

    private static RedisValue[] FieldsOf(RebuiltLine? line) => line is null ? [] :
    [
        "joins", line.Joins, "leaves", line.Leaves, "served", line.Served, "waitbase", line.Logged, "serial", line.Serial,
    ];

    private static RedisValue[] ValuesOf(IReadOnlyList<string> users)
    {
        var values = new RedisValue[users.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = users[i];
        return values;
    }

    private static WindowLatches LatchesOf(RedisResult[] reply, int first) => new(NumberOrNull(reply[first]), NumberOrNull(reply[first + 1]));

    private static WaitOutcome[] OutcomesOf(RedisResult characters) => [.. ((string)characters!).Select(character => (WaitOutcome)(character - '0'))];
}

/// <summary>What join.lua decided.</summary>
/// <param name="State">Unless verified, nothing was decided.</param>
/// <param name="Epoch">The coupon's epoch.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="Outcomes">One a customer.</param>
/// <param name="Places">The place in line of each; 0 for one who does not wait.</param>
/// <param name="Serials">Where in line each stands; 0 for one who does not wait.</param>
/// <param name="Waiting">How many wait now.</param>
/// <param name="FirstJoin">How many had ever joined before.</param>
/// <param name="FirstPosition">The waitlog's position of the first of them who joined.</param>
/// <param name="Positions">How many claims have ever entered the outbox.</param>
/// <param name="IsFull">Whether all hear that the line is full who neither wait, nor own a unit, nor have returned one.</param>
/// <param name="Version">The version of the terms.</param>
/// <param name="Latches">The edges of the window that the stock has seen.</param>
internal readonly record struct JoinDecision(
    StockState State, long Epoch, long Micros, WaitOutcome[] Outcomes, long[] Places, long[] Serials, long Waiting, long FirstJoin, long FirstPosition,
    long Positions = 0, bool IsFull = false, long Version = 0, WindowLatches Latches = default)
{
    /// <summary>The state of the stock after it.</summary>
    public FilterStamp Stamp => new(Epoch, Positions, FirstJoin + Joined);

    /// <summary>How many joined.</summary>
    public int Joined => Outcomes.AsSpan().Count(WaitOutcome.Joined);
}

/// <summary>What leave.lua decided.</summary>
/// <param name="State">Unless verified, nothing was decided.</param>
/// <param name="Epoch">The coupon's epoch.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="Outcomes">One a customer.</param>
/// <param name="Serials">Where each stood in line; 0 for one who did not.</param>
/// <param name="FirstPosition">The waitlog's position of the first of them who left.</param>
/// <param name="Positions">How many claims have ever entered the outbox.</param>
internal readonly record struct LeaveDecision(StockState State, long Epoch, long Micros, WaitOutcome[] Outcomes, long[] Serials, long FirstPosition, long Positions = 0);

/// <summary>What serve.lua did.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Epoch">The coupon's epoch.</param>
/// <param name="Left">Units left afterwards.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="FirstPosition">The outbox position of the first who was served.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="HasMore">Whether more can be served, now or once the quiet time is over, or what is queued was recorded.</param>
/// <param name="Users">Who was served.</param>
/// <param name="Version">The version of the terms.</param>
/// <param name="Latches">The edges of the window that the stock has seen.</param>
internal readonly record struct ServedUnits(
    StockState State, long Epoch, int Left, long Waiting, long FirstPosition, long Micros, bool HasMore, string[] Users,
    long Version = 0, WindowLatches Latches = default);
