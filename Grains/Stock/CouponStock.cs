using System.IO.Hashing;
using SecKill.Grains.Recovery;

namespace SecKill.Grains.Stock;

/// <summary>One coupon's stock in Redis: claims, reads, the outbox. Rebuilding it is <c>Reconciler</c>'s.</summary>
internal sealed partial class CouponStock(StockServer server, CouponId id)
{
    private const int PageSize = 1000;

    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);

    // Of the keys, the sorted set of those who wait.
    private RedisKey Waiting => _keys[StockKeys.Fenced + 1];

    public CouponId Id => id;

    /// <summary>The coupon's first key; all of them lie in its slot.</summary>
    public RedisKey Key => _keys[0];

    // Those that fence.lua declares.
    private readonly RedisKey[] _fenced = StockKeys.FencedOf(StockKeys.OfCoupon(id));

    private RedisKey[] Keys => _fenced;

    /// <summary>Decides a batch, in the given order, and adds the coupon to its owners' lists.</summary>
    /// <remarks>By default with the lists, except on a cluster: see <see cref="ClaimDecision.IsListed"/>.</remarks>
    public async Task<ClaimDecision> ClaimAsync(IReadOnlyList<string> users, bool? withLists = null)
    {
        var writesLists = withLists ?? server.ScriptsWriteLists;
        var call = ClaimCall(users, writesLists);
        return ClaimDecision.Parse(await server.EvaluateAsync(Script.Claim, call.Keys, call.Arguments), writesLists);
    }

    /// <summary>The script call that decides a batch, for a call of many coupons.</summary>
    public ScriptCall ClaimCall(IReadOnlyList<string> users, bool writesLists)
    {
        var fenced = _fenced.AsSpan(0, _hasWaitlist ? _fenced.Length : StockKeys.Fenced);
        var (keys, arguments) = (new RedisKey[fenced.Length + (writesLists ? users.Count : 0)], new RedisValue[users.Count]);
        fenced.CopyTo(keys);
        for (var i = 0; i < users.Count; i++)
        {
            arguments[i] = users[i];
            if (writesLists)
                keys[fenced.Length + i] = StockKeys.CouponsOf(users[i]);
        }
        return new ScriptCall(keys, arguments);
    }

    /// <inheritdoc cref="ReadAsync(StockServer, CouponId)"/>
    public async Task<StockReading> ReadAsync()
    {
        var reading = await ReadAsync(server, id);
        if (reading.State == StockState.Verified)
            _hasWaitlist = reading.HasWaitlist;
        return reading;
    }

    /// <summary>Reads state, terms, units left, outbox length.</summary>
    public static async Task<StockReading> ReadAsync(StockServer server, CouponId id)
    {
        var reply = await server.EvaluateAsync(Script.Read, StockKeys.FencedOf(StockKeys.OfCoupon(id)));
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new StockReading(
                state, new CouponTerms((int)reply[1], (int)reply[3], (string?)reply[4] ?? ""), (int)reply[2], (long)reply[5], Number(reply[6]),
                Number(reply[7]), (long)reply[8], (long)reply[9], Number(reply[10]))
                .WithUsed(reply)
            : new StockReading(state, null, 0, 0, 0);
    }

    /// <summary>Reads the stock for a snapshot of the sale, with the claims answered so far.</summary>
    /// <returns>Null unless the stock is verified.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<SaleSnapshot?> SnapshotAsync(ClaimCounts claims)
    {
        var reply = await server.EvaluateAsync(Script.Watch, Keys);
        if ((StockState)(int)reply[0] != StockState.Verified)
            return null;
        const int FirstOfUsed = 7;
        var snapshot = new SaleSnapshot
        {
            Seller = id.Seller.Value,
            Name = id.Name.Value,
            Amount = (int)reply[1],
            Left = (int)reply[2],
            OutboxLength = (long)reply[3],
            DrainLag = Math.Round((long)reply[4] / 1e6, 1),
            Claims = claims,
            Stock = (int)reply[5],
            Description = (string?)reply[6] ?? "",
        };
        return reply.Length > FirstOfUsed ? SeenBy(snapshot, reply[FirstOfUsed..]) : snapshot;
    }

    /// <summary>Reads the first entries of the outbox, at most 1000.</summary>
    public async Task<OutboxHead> PeekAsync(int count)
    {
        var reply = await server.EvaluateAsync(Script.Peek, Keys, count);
        var state = (StockState)(int)reply[0];
        if (state != StockState.Verified)
            return new OutboxHead(state, default, 0, 0, 0, 0, []);
        const int FirstEntry = 7;
        var entries = new OutboxEntry[reply.Length - FirstEntry];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = OutboxEntry.Parse((string)reply[i + FirstEntry]!);
        return new OutboxHead(state, new LedgerKey(Number(reply[1]), Number(reply[2])), Number(reply[3]), (long)reply[4], Number(reply[5]), (long)reply[6], entries);
    }

    /// <summary>Removes persisted entries from the head of the outbox.</summary>
    /// <returns>False where the head is no longer where it was read.</returns>
    public async Task<bool> AcknowledgeAsync(long epoch, long position, int count) =>
        (int)(await server.EvaluateAsync(Script.Acknowledge, Keys, epoch, position, count))[0] == 1;

    /// <summary>The scripts as loaded now, for <see cref="OpenNewAsync"/>.</summary>
    public Task<ScriptSet> CurrentScriptsAsync() => server.CurrentScriptsAsync(Key);

    /// <summary>
    /// Opens a coupon that was just created in the ledger, with the scripts from before: should Redis be replaced in between, another silo
    /// may have rebuilt and sold the coupon already, and an empty Redis proves nothing.
    /// </summary>
    /// <returns>False where Redis holds something of that name already; then it must be reconciled.</returns>
    public async Task<bool> OpenNewAsync(ScriptSet before, LedgerCoupon coupon) =>
        await OpenAsync(before, "", coupon, owners: 0, outboxLength: 0, returned: 0) == OpenResult.Opened;

    /// <summary>
    /// Opens a coupon for sale, under the ledger's row of it and in the scripts' incarnation only, if there are as many owners and prepared
    /// outbox entries and returned names as given. The token is empty for a new coupon.
    /// </summary>
    public async Task<OpenResult> OpenAsync(
        ScriptSet scripts, string token, LedgerCoupon coupon, int owners, int outboxLength, int returned, RebuiltLine? line = null)
    {
        var result = (OpenResult)(int)(await server.EvaluateAsync(
            scripts, Script.Open, _keys,
            [
                token, coupon.Key.Id, coupon.Key.Identity, coupon.Epoch, coupon.Terms.Amount, coupon.Drained, coupon.Terms.FaceValue,
                coupon.Terms.Description, owners, outboxLength, returned, coupon.Version, .. FieldsOf(coupon), .. FieldsOf(line),
            ]))[0];
        if (result == OpenResult.Opened)
            _hasWaitlist = coupon.Terms.Waitlist > 0;
        return result;
    }

    /// <summary>All owners; of those who win meanwhile, some.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> OwnersAsync() => StockServer.Guard(async () => await ScanAsync(_keys[1]).Select(name => (string)name!).ToListAsync());

    /// <summary>
    /// The names, in UTF-8, of all who are owners or returned a unit by a state of the stock, and some of those who won after it. Read page by
    /// page, so that claims are decided in between.
    /// </summary>
    /// <exception cref="UnavailableException">
    /// Redis does not answer, or the stock is not of that epoch any more, or names may be missing; those that were given are of no use.
    /// </exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> NamesAsync(FilterStamp from)
    {
        var before = await ReadAsync();
        if (before.State != StockState.Verified || before.Epoch != from.Epoch || before.Stamp.IsBefore(from))
            throw new UnavailableException("The stock has been rebuilt.");
        // A scan may give a name twice, so distinct ones are counted. By hashes, for a million strings would outlive the youngest generation
        // while it sells; with a seed, so that no made-up names have the same. Two names that have count as one too few, never as one too many.
        var (seed, seen) = (Random.Shared.NextInt64(), new HashSet<ulong>((int)(before.Positions + before.Waiting)));
        // In this order: a name is added to the next one before it leaves one, when it is served and when it returns a unit.
        RedisKey[] sets = before.HasWaitlist ? [Waiting, _keys[1], _keys[3]] : [_keys[1], _keys[3]];
        foreach (var set in sets)
        {
            await using var pages = (set == Waiting ? ScanWaitingAsync() : ScanAsync(set)).Chunk(PageSize).GetAsyncEnumerator();
            while (await StockServer.Guard(async () => await pages.MoveNextAsync()))
            {
                foreach (ReadOnlyMemory<byte> name in pages.Current)
                {
                    seen.Add(XxHash3.HashToUInt64(name.Span, seed));
                    yield return name;
                }
            }
        }
        var after = await ReadAsync();
        // Redis' scan gives every name that is there from beginning to end. Where one that goes in between may hide another, only the exact
        // count proves that none is missing; and not even that where some who were seen have left.
        var (leaves, isProven) = (after.Leaves - before.Leaves, !server.ScansByIndex || after.HasOnlyGrownSince(before));
        if (after.State != StockState.Verified || after.Epoch != from.Epoch
            || !((leaves == 0 && seen.Count == after.Positions + after.Waiting) || (isProven && seen.Count >= before.Positions + before.Waiting - leaves)))
            throw new UnavailableException("The stock has changed while its names were read.");
    }

    /// <summary>Those of some users who are no owners and never returned a unit.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> NonOwnersAsync(IEnumerable<string> users) => StockServer.Guard(async () =>
    {
        var others = new List<string>();
        foreach (var some in users.Chunk(1000))
        {
            var names = Array.ConvertAll(some, user => (RedisValue)user);
            var owns = await server.Database.SetContainsAsync(_keys[1], names, CommandFlags.DemandMaster);
            if (Array.TrueForAll(owns, isOwner => isOwner))
                continue;
            // After the owners: a return adds the name here before it leaves those.
            var returned = await server.Database.SetContainsAsync(_keys[3], names, CommandFlags.DemandMaster);
            others.AddRange(some.Where((_, i) => !owns[i] && !returned[i]));
        }
        return others;
    });

    private IAsyncEnumerable<RedisValue> ScanWaitingAsync() =>
        server.Database.SortedSetScanAsync(Waiting, pageSize: PageSize, flags: CommandFlags.DemandMaster).Select(entry => entry.Element);

    private IAsyncEnumerable<RedisValue> ScanAsync(RedisKey set) => server.Database.SetScanAsync(set, pageSize: PageSize, flags: CommandFlags.DemandMaster);

    /// <summary>How many claims have ever entered the outbox, or a few more. Whatever state the stock is in.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<long> CountPositionsAsync() => StockServer.Guard(async () =>
        // In this order: a name that is returned in between counts twice, and never not at all.
        await server.Database.SetLengthAsync(_keys[1], CommandFlags.DemandMaster) + await server.Database.SetLengthAsync(_keys[3], CommandFlags.DemandMaster));

    /// <summary>A number that a script answers as text, because Lua has doubles for numbers.</summary>
    public static long Number(RedisResult text) => long.Parse((string)text!, CultureInfo.InvariantCulture);
}

/// <summary>What read.lua read.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Terms">What the seller fixed.</param>
/// <param name="Left">Units left.</param>
/// <param name="OutboxLength">Claims still in the outbox.</param>
/// <param name="Identity">Of the ledger's row from which the stock was opened.</param>
/// <param name="Version">Of the ledger's terms.</param>
/// <param name="Positions">How many claims have ever entered the outbox: owners and returned.</param>
/// <param name="Returned">How many names have returned their unit.</param>
/// <param name="Epoch">Of the stock.</param>
/// <param name="Latches">The edges of the window that it has seen.</param>
/// <param name="StartsIn">How long it is until the start; null where it has begun.</param>
/// <param name="IsHeld">Whether a change, under way or broken off, holds units or the start.</param>
/// <param name="Line">The waiting list; null for a coupon that has none.</param>
/// <param name="IsPaused">Whether the seller has paused it.</param>
internal readonly record struct StockReading(
    StockState State, CouponTerms? Terms, int Left, long OutboxLength, long Identity, long Version = 0, long Positions = 0, long Returned = 0,
    long Epoch = 0, WindowLatches Latches = default, TimeSpan? StartsIn = null, bool IsHeld = false, LineReading? Line = null, bool IsPaused = false)
{
    /// <summary>Whether the coupon has a waiting list.</summary>
    public bool HasWaitlist => Line is not null;

    /// <summary>How many wait.</summary>
    public long Waiting => Line?.Waiting ?? 0;

    /// <summary>How many have ever left the waiting list.</summary>
    public long Leaves => Line?.Leaves ?? 0;

    /// <summary>How many entries have ever entered the waitlog.</summary>
    public long LoggedWaits => Line is { } line ? line.Joins + line.Leaves : 0;

    /// <summary>Whether units are left for customers who wait, and nothing in the terms keeps them from being served.</summary>
    public bool MustServe => MustServeOnceStarted && StartsIn is null;

    /// <summary>As <see cref="MustServe"/>, but for a start that is still to come.</summary>
    public bool MustServeOnceStarted => Left > 0 && Waiting > 0 && !IsPaused && Latches.EndedAt is null;

    /// <summary>Whether no name has gone from one of the sets since an earlier reading: none was served, left, or returned a unit.</summary>
    public bool HasOnlyGrownSince(in StockReading earlier) =>
        (Returned, Leaves, Line?.Served ?? 0) == (earlier.Returned, earlier.Leaves, earlier.Line?.Served ?? 0);

    /// <summary>How many units a change under way has set aside.</summary>
    public long Held => Terms is { } terms ? terms.Amount - Left - (Positions - Returned) : 0;

    /// <summary>Which owners and returned it has.</summary>
    public FilterStamp Stamp => new(Epoch, Positions, Line?.Joins ?? 0);

    /// <summary>The same with what read.lua appends for a coupon that uses features.</summary>
    public StockReading WithUsed(RedisResult[] reply)
    {
        const int First = 11;
        const int FirstOfLine = First + 9;
        if (reply.Length == First)
            return this;
        return this with
        {
            Line = reply.Length > FirstOfLine
                ? new LineReading((long)reply[FirstOfLine], (long)reply[FirstOfLine + 1], (long)reply[FirstOfLine + 2], (long)reply[FirstOfLine + 3], (long)reply[FirstOfLine + 4])
                : null,
            Terms = Terms! with
            {
                StartsAt = CouponStock.NumberOrNull(reply[First]),
                EndsAt = CouponStock.NumberOrNull(reply[First + 1]),
                Returns = (string)reply[First + 7]! == "1",
                ReturnUntil = CouponStock.NumberOrNull(reply[First + 8]),
                Waitlist = reply.Length > FirstOfLine ? (int)(long)reply[FirstOfLine] : 0,
            },
            Latches = new WindowLatches(CouponStock.NumberOrNull(reply[First + 2]), CouponStock.NumberOrNull(reply[First + 3])),
            StartsIn = CouponStock.NumberOrNull(reply[First + 5]) is { } micros ? TimeSpan.FromMicroseconds(micros) : null,
            IsPaused = (string)reply[First + 4]! == "1",
            IsHeld = Held > 0 || (string)reply[First + 6]! is not "",
        };
    }
}

/// <summary>What read.lua says of a waiting list.</summary>
/// <param name="Limit">How many may wait.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="Joins">How many have ever joined.</param>
/// <param name="Leaves">How many have ever left.</param>
/// <param name="LogLength">Entries still in the waitlog.</param>
internal sealed record LineReading(long Limit, long Waiting, long Joins, long Leaves, long LogLength)
{
    /// <summary>How many were served.</summary>
    public long Served => Joins - Leaves - Waiting;
}

/// <summary>What open.lua answers.</summary>
internal enum OpenResult
{
    /// <summary>The coupon is not closed under that token, or the counts differ.</summary>
    Refused = 0,

    Opened = 1,

    /// <summary>A later version of the terms was stopped at: they must be read again.</summary>
    BelowFloor = 2,
}
