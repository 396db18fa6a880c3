namespace SecKill.Grains.Stock;

/// <content>Units that come back.</content>
internal sealed partial class CouponStock
{
    /// <summary>The most names that one call gives back.</summary>
    public const int MaxGivenBack = 512;

    /// <summary>Reads how a customer stands with the coupon.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<Standing> StandingAsync(string user)
    {
        var reply = await server.EvaluateAsync(Script.Standing, Keys, user);
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new Standing(
                state, new LedgerKey(Number(reply[1]), Number(reply[2])), Number(reply[3]), Number(reply[4]), (string)reply[5]! == "1", (Holding)(int)Number(reply[6]))
            : new Standing(state, default, 0, 0, false, Holding.Nothing);
    }

    /// <summary>Gives back the units of owners whose return the ledger has, 1 to 512.</summary>
    /// <param name="coupon">The ledger's row.</param>
    /// <param name="epoch">The epoch of the stock that was read.</param>
    /// <param name="users">The owners.</param>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<GivenBack> GiveBackAsync(LedgerKey coupon, long epoch, IReadOnlyList<string> users)
    {
        var reply = await server.EvaluateAsync(Script.Giveback, Keys, [coupon.Identity, epoch, .. users.Select(user => (RedisValue)user)]);
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new GivenBack(state, (int)Number(reply[1]), Number(reply[2]), [.. ((string)reply[3]!).Select(character => (GiveBackResult)(character - '0'))])
            : new GivenBack(state, 0, 0, []);
    }

    /// <summary>All who returned a unit; of those who do meanwhile, some.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> ReturnedAsync() => StockServer.Guard(async () => await ScanAsync(_keys[3]).Select(name => (string)name!).ToListAsync());

    /// <summary>Those of some users who are owners.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public Task<List<string>> OwnersAmongAsync(IEnumerable<string> users) => StockServer.Guard(async () =>
    {
        var owners = new List<string>();
        foreach (var some in users.Chunk(PageSize))
        {
            var owns = await server.Database.SetContainsAsync(_keys[1], Array.ConvertAll(some, user => (RedisValue)user), CommandFlags.DemandMaster);
            owners.AddRange(some.Where((_, i) => owns[i]));
        }
        return owners;
    });
}

/// <summary>What standing.lua answers.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Coupon">The ledger's row from which the stock was opened.</param>
/// <param name="Epoch">Of the stock.</param>
/// <param name="Now">By the clock that decides about the coupon, in microseconds since 1970.</param>
/// <param name="TakesReturns">Whether units may be given back.</param>
/// <param name="Holding">What the customer has of it.</param>
internal readonly record struct Standing(StockState State, LedgerKey Coupon, long Epoch, long Now, bool TakesReturns, Holding Holding);

/// <summary>What a customer has of a coupon; the script answers these numbers.</summary>
internal enum Holding
{
    Nothing = 0,

    /// <summary>A unit.</summary>
    Owner = 1,

    /// <summary>Had a unit, and gave it back.</summary>
    Returned = 2,
}

/// <summary>What giveback.lua answers.</summary>
/// <param name="State">Unless verified, nothing was done; also where the stock is of another row or epoch.</param>
/// <param name="Left">Units left afterwards.</param>
/// <param name="Returned">How many names have returned a unit by now.</param>
/// <param name="Results">One a name.</param>
internal readonly record struct GivenBack(StockState State, int Left, long Returned, GiveBackResult[] Results);

/// <summary>What became of a name that was to give its unit back; the script answers these numbers.</summary>
internal enum GiveBackResult
{
    /// <summary>It neither owns nor has returned a unit.</summary>
    NoOwner = 0,

    Done = 1,

    /// <summary>It had given its unit back before.</summary>
    DoneBefore = 2,
}
