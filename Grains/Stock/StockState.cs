namespace SecKill.Grains.Stock;

/// <summary>What a script found of a coupon (or of a user's list) before doing anything. Written into the Lua files.</summary>
internal enum StockState
{
    /// <summary>The counts agree and were verified under this incarnation of the server.</summary>
    Trusted = 0,

    /// <summary>Redis knows no such coupon; the ledger may.</summary>
    Missing = 1,

    /// <summary>Not to be believed before it is reconciled.</summary>
    Stale = 2,

    /// <summary>Somebody is reconciling it at this moment.</summary>
    Closed = 3,

    /// <summary>The script failed: never the state of a coupon, see calls.lua.</summary>
    Failed = 4,
}
