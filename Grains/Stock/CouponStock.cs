namespace SecKill.Grains.Stock;

/// <summary>One coupon's stock in Redis: claims, reads, the outbox. Rebuilding it is <c>Reconciler</c>'s.</summary>
internal sealed class CouponStock(StockServer server, CouponId id)
{
    private readonly RedisKey[] _keys = StockKeys.OfCoupon(id);

    /// <summary>The coupon's first key; all of them lie in its slot.</summary>
    public RedisKey Key => _keys[0];

    // Those that fence.lua declares.
    private RedisKey[] Keys => _keys[..3];

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
        var (keys, arguments) = (new RedisKey[writesLists ? 3 + users.Count : 3], new RedisValue[users.Count]);
        _keys.AsSpan(0, 3).CopyTo(keys);
        for (var i = 0; i < users.Count; i++)
        {
            arguments[i] = users[i];
            if (writesLists)
                keys[3 + i] = StockKeys.CouponsOf(users[i]);
        }
        return new ScriptCall(keys, arguments);
    }

    /// <summary>Reads state, terms, units left, outbox length.</summary>
    public static async Task<StockReading> ReadAsync(StockServer server, CouponId id)
    {
        var reply = await server.EvaluateAsync(Script.Read, StockKeys.OfCoupon(id)[..3]);
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new StockReading(
                state, new CouponTerms((int)reply[1], (int)reply[3], (string?)reply[4] ?? ""), (int)reply[2], (long)reply[5], Number(reply[6]))
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
            return new OutboxHead(state, default, 0, 0, []);
        var entries = new OutboxEntry[reply.Length - 5];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = OutboxEntry.Parse((string)reply[i + 5]!);
        return new OutboxHead(state, new LedgerKey(Number(reply[1]), Number(reply[2])), Number(reply[3]), (long)reply[4], entries);
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
    public Task<bool> OpenNewAsync(ScriptSet before, LedgerCoupon coupon) => OpenAsync(before, "", coupon, owners: 0, outboxLength: 0);

    /// <summary>
    /// Opens a coupon for sale, under the ledger's row of it and in the scripts' incarnation only, if there are as many owners and prepared
    /// outbox entries as given.
    /// </summary>
    /// <returns>False where it is not closed under that token (empty for a new one), or the counts differ.</returns>
    public async Task<bool> OpenAsync(ScriptSet scripts, string token, LedgerCoupon coupon, int owners, int outboxLength) =>
        (int)(await server.EvaluateAsync(
            scripts, Script.Open, _keys, token, coupon.Key.Id, coupon.Key.Identity, coupon.Epoch, coupon.Terms.Amount, coupon.Drained,
            coupon.Terms.FaceValue, coupon.Terms.Description, owners, outboxLength))[0] == 1;

    /// <summary>All owners; meant for a sold-out coupon, whose owners change no more.</summary>
    public Task<List<string>> OwnersAsync() => StockServer.Guard(async () => await server.Database
        .SetScanAsync(_keys[1], pageSize: 1000, flags: CommandFlags.DemandMaster).Select(owner => (string)owner!).ToListAsync());

    /// <summary>Those of some users who are no owners.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> NonOwnersAsync(IEnumerable<string> users) => StockServer.Guard(async () =>
    {
        var others = new List<string>();
        foreach (var some in users.Chunk(1000))
        {
            var owns = await server.Database.SetContainsAsync(_keys[1], Array.ConvertAll(some, user => (RedisValue)user), CommandFlags.DemandMaster);
            others.AddRange(some.Where((_, i) => !owns[i]));
        }
        return others;
    });

    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<long> CountOwnersAsync() => StockServer.Guard(() => server.Database.SetLengthAsync(_keys[1], CommandFlags.DemandMaster));

    /// <summary>A number that a script answers as text, because Lua has doubles for numbers.</summary>
    public static long Number(RedisResult text) => long.Parse((string)text!, CultureInfo.InvariantCulture);
}

/// <summary>What read.lua read: undefined beside the state, unless that is verified. The identity is that of the ledger's row.</summary>
internal readonly record struct StockReading(StockState State, CouponTerms? Terms, int Left, long OutboxLength, long Identity);
