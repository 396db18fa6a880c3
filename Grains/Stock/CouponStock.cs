namespace SecKill.Grains.Stock;

/// <summary>One coupon's stock in Redis: claims, reads, the outbox. Rebuilding it is <c>Reconciler</c>'s.</summary>
internal sealed class CouponStock(StockServer server, CouponId id)
{
    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);

    /// <summary>The coupon's first key; all of them lie in its slot.</summary>
    public RedisKey Key => _keys[0];

    // Those that fence.lua declares.
    private RedisKey[] Keys => _keys[..StockKeys.Fenced];

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
        var (keys, arguments) = (new RedisKey[StockKeys.Fenced + (writesLists ? users.Count : 0)], new RedisValue[users.Count]);
        _keys.AsSpan(0, StockKeys.Fenced).CopyTo(keys);
        for (var i = 0; i < users.Count; i++)
        {
            arguments[i] = users[i];
            if (writesLists)
                keys[StockKeys.Fenced + i] = StockKeys.CouponsOf(users[i]);
        }
        return new ScriptCall(keys, arguments);
    }

    /// <inheritdoc cref="ReadAsync(StockServer, CouponId)"/>
    public Task<StockReading> ReadAsync() => ReadAsync(server, id);

    /// <summary>Reads state, terms, units left, outbox length.</summary>
    public static async Task<StockReading> ReadAsync(StockServer server, CouponId id)
    {
        var reply = await server.EvaluateAsync(Script.Read, StockKeys.OfCoupon(id)[..StockKeys.Fenced]);
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new StockReading(
                state, new CouponTerms((int)reply[1], (int)reply[3], (string?)reply[4] ?? ""), (int)reply[2], (long)reply[5], Number(reply[6]),
                Number(reply[7]), (long)reply[8], (long)reply[9], Number(reply[10]))
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
        return new SaleSnapshot
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
    public async Task<OpenResult> OpenAsync(ScriptSet scripts, string token, LedgerCoupon coupon, int owners, int outboxLength, int returned) =>
        (OpenResult)(int)(await server.EvaluateAsync(
            scripts, Script.Open, _keys, token, coupon.Key.Id, coupon.Key.Identity, coupon.Epoch, coupon.Terms.Amount, coupon.Drained,
            coupon.Terms.FaceValue, coupon.Terms.Description, owners, outboxLength, returned, coupon.Version))[0];

    /// <summary>Puts the terms of the ledger's row into the stock, if they are later than those it has.</summary>
    /// <param name="row">The ledger's row.</param>
    /// <param name="stops">Whether no decision may follow under earlier terms, whatever state the stock is in.</param>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<AppliedTerms> ApplyAsync(LedgerCoupon row, bool stops = false)
    {
        var reply = await server.EvaluateAsync(Script.Apply, Keys, row.Key.Identity, row.Version, row.Terms.Amount, stops ? "stop" : "");
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new AppliedTerms(state, Number(reply[1]), (int)reply[2], (ApplyResult)(int)reply[3])
            : new AppliedTerms(state, 0, 0, ApplyResult.NotVerified);
    }

    /// <summary>All owners; meant for a sold-out coupon, whose owners change no more.</summary>
    public Task<List<string>> OwnersAsync() => ScanAsync(_keys[1]);

    /// <summary>Makes a filter of all owners and all who returned a unit.</summary>
    /// <returns>Null where the stock is not verified, or has changed meanwhile.</returns>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<OwnerFilter?> FilterAsync()
    {
        var before = await ReadAsync();
        // Distinct: a scan may return one twice.
        var names = (await OwnersAsync()).ToHashSet();
        if (before.Returned > 0)
            names.UnionWith(await ScanAsync(_keys[3]));
        var after = await ReadAsync();
        return before.State == StockState.Verified && before.State == after.State && before.Stamp == after.Stamp && names.Count == after.Positions
            ? new OwnerFilter(after.Stamp, names)
            : null;
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

    private Task<List<string>> ScanAsync(RedisKey set) => StockServer.Guard(async () => await server.Database
        .SetScanAsync(set, pageSize: 1000, flags: CommandFlags.DemandMaster).Select(name => (string)name!).ToListAsync());

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
internal readonly record struct StockReading(
    StockState State, CouponTerms? Terms, int Left, long OutboxLength, long Identity, long Version = 0, long Positions = 0, long Returned = 0,
    long Epoch = 0)
{
    /// <summary>Which owners and returned it has.</summary>
    public FilterStamp Stamp => new(Epoch, Positions);
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

/// <summary>What apply.lua answers.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Version">The version that the stock has now.</param>
/// <param name="Left">Units left now.</param>
/// <param name="Result">What was done.</param>
internal readonly record struct AppliedTerms(StockState State, long Version, int Left, ApplyResult Result);

/// <summary>What became of the terms.</summary>
internal enum ApplyResult
{
    /// <summary>The stock had these or later ones.</summary>
    HadThem = 0,

    Applied = 1,

    /// <summary>There are more owners than units.</summary>
    TooManyOwners = 2,

    /// <summary>The stock is not verified; the rebuild takes the terms from the ledger.</summary>
    NotVerified = 3,
}
