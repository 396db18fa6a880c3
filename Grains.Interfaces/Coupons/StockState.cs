using System.Text.Json.Serialization;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// The state of a coupon's stock in Redis. The only such list: the scripts have these numbers written into them when they are
/// loaded (a user's list of coupons has a state too, verified or not), and audits report them.
/// </summary>
public enum StockState : byte
{
    /// <summary>Verified under the present incarnation of Redis, and the counts agree. The API's word is <c>trusted</c>.</summary>
    [JsonStringEnumMemberName("trusted")]
    Verified = 0,

    /// <summary>
    /// Verified under the present incarnation, but the counts were changed since. Only audits tell it from <see cref="Unverified"/>: for
    /// claims both mean that the stock must be rebuilt.
    /// </summary>
    Contradictory = 5,

    /// <summary>Not verified since Redis was started or promoted, or its rebuild was broken off.</summary>
    Unverified = 2,

    /// <summary>Redis has no such coupon; the ledger may.</summary>
    Missing = 1,

    /// <summary>A reconciler is rebuilding it.</summary>
    Closed = 3,
}
