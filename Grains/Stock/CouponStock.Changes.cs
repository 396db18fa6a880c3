namespace SecKill.Grains.Stock;

/// <content>Changes of the terms.</content>
internal sealed partial class CouponStock
{
    private const string Start = "start";

    /// <summary>Puts the terms of the ledger's row into the stock, if they are later than those it has.</summary>
    /// <param name="row">The ledger's row.</param>
    /// <param name="stops">Whether no decision may follow under earlier terms, whatever state the stock is in.</param>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public async Task<AppliedTerms> ApplyAsync(LedgerCoupon row, bool stops = false)
    {
        var reply = await server.EvaluateAsync(
            Script.Apply, Keys, row.Key.Identity, row.Version, row.Terms.Amount, stops ? "stop" : "", Text(row.Terms.StartsAt),
            Text(row.Terms.EndsAt), Text(row.OpenedAt), Text(row.EndedAt), row.PausedAt is null ? "" : "1");
        var state = (StockState)(int)reply[0];
        return state == StockState.Verified
            ? new AppliedTerms(state, Number(reply[1]), (int)reply[2], (ApplyResult)(int)reply[3])
            : new AppliedTerms(state, 0, 0, ApplyResult.NotVerified);
    }

    /// <summary>Sets units aside that a change is about to take.</summary>
    /// <param name="token">Names the change.</param>
    /// <param name="row">The ledger's row as it was read.</param>
    /// <param name="count">How many; null for all that are left.</param>
    /// <param name="before">Until when it may be done, in microseconds since 1970.</param>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done, or be done until then.</exception>
    public Task<HeldUnits> HoldAsync(string token, LedgerCoupon row, int? count, long before) => HoldAsync("hold", token, row, count is null ? "" : count, before);

    /// <summary>Keeps the sale from starting until a change that is about to put the start off has been made, unless it has started.</summary>
    /// <param name="token">Names the change.</param>
    /// <param name="row">The ledger's row as it was read.</param>
    /// <param name="before">Until when it may be done, in microseconds since 1970.</param>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done, or be done until then.</exception>
    public Task<HeldUnits> HoldStartAsync(string token, LedgerCoupon row, long before) => HoldAsync(Start, token, row, Start, before);

    /// <summary>Gives back what a change has set aside, unless that was ended since.</summary>
    /// <exception cref="UnavailableException">Redis does not answer; it may have been done.</exception>
    public Task<HeldUnits> ReleaseAsync(string token, LedgerCoupon row, int count) => HoldAsync("release", token, row, count, "");

    /// <summary>As <see cref="ReleaseAsync"/>, after <see cref="HoldStartAsync"/>.</summary>
    /// <inheritdoc cref="ReleaseAsync" path="/exception"/>
    public Task<HeldUnits> ReleaseStartAsync(string token, LedgerCoupon row) => HoldAsync("release", token, row, Start, "");

    /// <summary>The script call that decides a batch for a coupon under an operators' stop: owners are told, and none is won.</summary>
    /// <exception cref="UnavailableException">Redis does not answer.</exception>
    public async Task<ClaimDecision> TellAsync(IReadOnlyList<string> users)
    {
        var call = ClaimCall(users, server.ScriptsWriteLists);
        return ClaimDecision.Parse(await server.EvaluateAsync(Script.Tell, call.Keys, call.Arguments), server.ScriptsWriteLists);
    }

    private async Task<HeldUnits> HoldAsync(string action, string token, LedgerCoupon row, RedisValue count, RedisValue before)
    {
        var reply = await server.EvaluateAsync(Script.Hold, Keys, action, token, row.Key.Identity, row.Version, count, before);
        var state = (StockState)(int)reply[0];
        if (state != StockState.Verified)
            return new HeldUnits(state, 0, 0, 0, 0, HoldResult.NotVerified);
        var done = (int)Number(reply[5]);
        return new HeldUnits(
            state, Number(reply[1]), (int)reply[3], (int)Number(reply[4]), Math.Max(0, done),
            done switch
            {
                >= 0 => HoldResult.Done,
                -1 => HoldResult.BelowOwners,
                -3 => HoldResult.Started,
                _ => HoldResult.Overtaken,
            });
    }

    private static RedisValue Text(long? micros) => micros is { } some ? some : "";
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

/// <summary>What hold.lua answers.</summary>
/// <param name="State">Unless verified, the rest is undefined.</param>
/// <param name="Epoch">The epoch of the stock: in another one nothing is held.</param>
/// <param name="Owners">How many units are owned.</param>
/// <param name="Held">How many are held now.</param>
/// <param name="Count">How many were set aside or given back.</param>
/// <param name="Result">What was done.</param>
internal readonly record struct HeldUnits(StockState State, long Epoch, int Owners, int Held, int Count, HoldResult Result);

/// <summary>What became of units to be set aside, or given back.</summary>
internal enum HoldResult
{
    Done,

    /// <summary>So many are not left.</summary>
    BelowOwners,

    /// <summary>The stock has another version, or another change has set something aside, or has ended what was.</summary>
    Overtaken,

    /// <summary>The sale has started.</summary>
    Started,

    /// <summary>The stock is not verified, so nothing is held.</summary>
    NotVerified,
}
