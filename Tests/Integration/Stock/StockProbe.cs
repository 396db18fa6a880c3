namespace SecKill.Tests.Integration.Stock;

/// <summary>One coupon of a site: the product's view of it, and the bare keys to look at and to damage.</summary>
internal sealed class StockProbe(StockSite site, CouponId id)
{
    private CouponStock? _stock;
    private StockServer? _server;

    public CouponId Id { get; } = id;

    public RedisKey[] Keys { get; } = StockKeys.OfCoupon(id);

    public RedisKey Hash => Keys[0];

    public RedisKey Owners => Keys[1];

    public RedisKey Queue => Keys[2];

    public RedisKey Returned => Keys[3];

    /// <summary>The outbox in preparation.</summary>
    public RedisKey Next => Keys[4];

    /// <summary>Who waits.</summary>
    public RedisKey Waiting => Keys[5];

    public RedisKey Waitlog => Keys[6];

    /// <summary>As an activation has it: it remembers whether the coupon has a waiting list.</summary>
    public CouponStock Stock
    {
        get
        {
            if (_server != site.Server)
                (_stock, _server) = (new CouponStock(site.Server, Id), site.Server);
            return _stock!;
        }
    }

    private IDatabase Database => site.Database;

    /// <summary>A coupon of a fresh name, on sale.</summary>
    public static async Task<StockProbe> OpenAsync(StockSite site, int amount, long ledgerId = 1, int waitlist = 0)
    {
        var probe = new StockProbe(site, CouponId.Known(Names.Fresh("seller"), "coupon"));
        if (!await probe.Stock.OpenNewAsync(await probe.Stock.CurrentScriptsAsync(), waitlist == 0 ? probe.Row(amount, ledgerId) : probe.WaitingRow(amount, waitlist)))
            throw new InvalidOperationException("The new coupon was not opened.");
        return probe;
    }

    /// <summary>A row of it, as the ledger might have it.</summary>
    public LedgerCoupon Row(int amount, long ledgerId = 1) => new(new LedgerKey(ledgerId, ledgerId), Id, new CouponTerms(amount, 5, ""), amount, 0, 0);

    /// <summary>As <see cref="Row"/>, of a coupon that has a waiting list.</summary>
    public LedgerCoupon WaitingRow(int amount, int waitlist) => Row(amount) with { Version = 1, Terms = new CouponTerms(amount, 5, "", Waitlist: waitlist) };

    /// <summary>Who waits, in line.</summary>
    public async Task<List<string>> LineAsync() => [.. (await Database.SortedSetRangeByRankAsync(Waiting)).Select(user => (string)user!)];

    /// <summary>The waitlog.</summary>
    public async Task<List<WaitEntry>> WaitlogAsync() => [.. (await Database.ListRangeAsync(Waitlog)).Select(entry => WaitEntry.Parse((string)entry!))];

    /// <summary>A coupon of a fresh name, on sale, whose owners may give their units back.</summary>
    public static async Task<StockProbe> OpenWithReturnsAsync(StockSite site, int amount)
    {
        var probe = new StockProbe(site, CouponId.Known(Names.Fresh("seller"), "coupon"));
        var row = probe.Row(amount);
        Assert.True(await probe.Stock.OpenNewAsync(await probe.Stock.CurrentScriptsAsync(), row with { Version = 1, Terms = row.Terms with { Returns = true } }));
        return probe;
    }

    /// <summary>Gives units back under the epoch of a coupon that was never rebuilt.</summary>
    public Task<GivenBack> GiveBackAsync(params string[] users) => Stock.GiveBackAsync(new LedgerKey(1, 1), 0, users);

    public async Task<ClaimOutcome[]> ClaimAsync(params string[] users)
    {
        var decision = await Stock.ClaimAsync(users);
        return decision.State == StockState.Verified
            ? decision.Outcomes
            : throw new InvalidOperationException($"The stock is {decision.State}.");
    }

    public async Task<StockState> StateAsync() => (await CouponStock.ReadAsync(site.Server, Id)).State;

    public async Task<HashSet<string>> OwnersAsync() => [.. (await Database.SetMembersAsync(Owners)).Select(user => (string)user!)];

    public async Task<List<string>> QueueAsync() =>
        [.. (await Database.ListRangeAsync(Queue)).Select(entry => OutboxEntry.Parse((string)entry!).User)];

    /// <summary>Until when units that came back are not sold, and which word others hear until then.</summary>
    public async Task<(long Until, ClaimOutcome Word)> QuietAsync(string field = "from")
    {
        var parts = ((string)(await Database.HashGetAsync(Hash, field))!).Split(':');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), (ClaimOutcome)(parts[1][0] - '0'));
    }

    public async Task<long?> FieldAsync(string field) =>
        (string?)await Database.HashGetAsync(Hash, field) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>What a killed server may keep of a claim script: the first one, two or all three of its writes.</summary>
    public Task<bool> TearAsync(int writes, params string[] users)
    {
        var call = Stock.ClaimCall(users, writesLists: false);
        return TornScript.RunAsync(site, Script.Claim, writes, call.Keys, call.Arguments);
    }

    /// <summary>The same of a script that gives units back.</summary>
    public Task<bool> TearReturnAsync(int writes, long epoch, params string[] owners) => TearAsync(Script.Giveback, writes, [1, epoch, .. NamesOf(owners)]);

    /// <summary>The same of another script about the coupon.</summary>
    public Task<bool> TearAsync(Script script, int writes, params RedisValue[] arguments) =>
        TornScript.RunAsync(site, script, writes, StockKeys.FencedOf(Keys), arguments);

    /// <summary>Names, as a script takes them.</summary>
    public static RedisValue[] NamesOf(string[] users) => Array.ConvertAll(users, user => (RedisValue)user);

    /// <summary>Extends the reconciler's lease by most of a minute, so that it does not expire on a slow machine.</summary>
    public Task ExtendLeaseAsync() => Database.HashSetAsync(Hash, "lease", DateTimeOffset.UtcNow.AddSeconds(55).ToUnixTimeMilliseconds() * 1000);

    /// <summary>What the field incarnation is while a reconciler of the present server has the coupon closed.</summary>
    public async Task<string> ClosedUnderAsync() => $"!{(await Stock.CurrentScriptsAsync()).Incarnation}";

    /// <summary>Expires the reconciler's lease.</summary>
    public Task ExpireLeaseAsync() => Database.HashSetAsync(Hash, "lease", 1);
}
