namespace SecKill.Tests.Integration.Stock;

/// <summary>One coupon of a site: the product's view of it, and the bare keys to look at and to damage.</summary>
internal sealed class StockProbe(StockSite site, CouponId id)
{
    public CouponId Id { get; } = id;

    public RedisKey[] Keys { get; } = StockKeys.OfCoupon(id);

    public RedisKey Hash => Keys[0];

    public RedisKey Owners => Keys[1];

    public RedisKey Queue => Keys[2];

    public RedisKey Returned => Keys[3];

    /// <summary>The outbox in preparation.</summary>
    public RedisKey Next => Keys[4];

    public CouponStock Stock => new(site.Server, Id);

    private IDatabase Database => site.Database;

    /// <summary>A coupon of a fresh name, on sale.</summary>
    public static async Task<StockProbe> OpenAsync(StockSite site, int amount, long ledgerId = 1)
    {
        var probe = new StockProbe(site, CouponId.Known(Names.Fresh("seller"), "coupon"));
        if (!await probe.Stock.OpenNewAsync(await probe.Stock.CurrentScriptsAsync(), probe.Row(amount, ledgerId)))
            throw new InvalidOperationException("The new coupon was not opened.");
        return probe;
    }

    /// <summary>A row of it, as the ledger might have it.</summary>
    public LedgerCoupon Row(int amount, long ledgerId = 1) => new(new LedgerKey(ledgerId, ledgerId), Id, new CouponTerms(amount, 5, ""), amount, 0, 0);

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
    public async Task<(long Until, ClaimOutcome Word)> QuietAsync()
    {
        var parts = ((string)(await Database.HashGetAsync(Hash, "from"))!).Split(':');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), (ClaimOutcome)(parts[1][0] - '0'));
    }

    public async Task<long?> FieldAsync(string field) =>
        (string?)await Database.HashGetAsync(Hash, field) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>What a killed server may keep of a claim script: the first one, two or all three of its writes.</summary>
    public async Task TearAsync(int writes, params string[] winners)
    {
        await Database.HashDecrementAsync(Hash, "left", winners.Length);
        if (writes > 1)
            await Database.SetAddAsync(Owners, [.. winners.Select(user => (RedisValue)user)]);
        if (writes > 2)
            await Database.ListRightPushAsync(Queue, [.. winners.Select(user => (RedisValue)new OutboxEntry(1, user).ToString())]);
    }

    /// <summary>Extends the reconciler's lease by most of a minute, so that it does not expire on a slow machine.</summary>
    public Task ExtendLeaseAsync() => Database.HashSetAsync(Hash, "lease", DateTimeOffset.UtcNow.AddSeconds(55).ToUnixTimeMilliseconds() * 1000);

    /// <summary>What the field incarnation is while a reconciler of the present server has the coupon closed.</summary>
    public async Task<string> ClosedUnderAsync() => $"!{(await Stock.CurrentScriptsAsync()).Incarnation}";

    /// <summary>Expires the reconciler's lease.</summary>
    public Task ExpireLeaseAsync() => Database.HashSetAsync(Hash, "lease", 1);
}
