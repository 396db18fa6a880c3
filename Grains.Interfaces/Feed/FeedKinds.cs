namespace SecKill.Grains.Interfaces.Feed;

/// <summary>The kinds of events in a coupon's feed, as the ledger and the answers have them.</summary>
public static class FeedKinds
{
    /// <summary>A customer won a unit. The claim itself is the event: it has no row in the table of events.</summary>
    public const string Claimed = "claimed";

    /// <summary>An owner gave a unit back.</summary>
    public const string Returned = "returned";

    /// <summary>A waiting customer got a unit.</summary>
    public const string Served = "served";

    /// <summary>An owner used a unit.</summary>
    public const string Redeemed = "redeemed";

    /// <summary>A redemption was taken back.</summary>
    public const string Undone = "undone";

    /// <summary>The seller or an operator changed the coupon.</summary>
    public const string Changed = "changed";
}
