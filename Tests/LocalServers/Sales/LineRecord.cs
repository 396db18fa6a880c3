namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// What one customer has asked for and was told of a coupon whose units change hands, as timestamps of <see cref="Stopwatch"/>; 0 for never.
/// What was asked for took effect between then and its answer. Not thread-safe.
/// </summary>
internal sealed class LineRecord
{
    /// <summary>When the first join was sent that may have put the customer in line.</summary>
    public long JoinAsked { get; set; }

    /// <summary>When the customer was first told to be in line.</summary>
    public long Joined { get; set; }

    /// <summary>The last moment at which the customer is known to have waited: when a question was sent that was answered so.</summary>
    public long Waited { get; set; }

    /// <summary>When the customer first asked to leave.</summary>
    public long LeaveAsked { get; set; }

    /// <summary>When the customer was told to be out of line.</summary>
    public long Left { get; set; }

    /// <summary>When the customer was first told to own a unit.</summary>
    public long Owned { get; set; }

    /// <summary>When a return was first asked for.</summary>
    public long ReturnAsked { get; set; }

    /// <summary>When the customer was told that the unit is given back.</summary>
    public long Returned { get; set; }

    /// <summary>When a redemption was first asked for.</summary>
    public long RedemptionAsked { get; set; }

    /// <summary>When a till was told that it has redeemed the unit, if that was not taken back since.</summary>
    public long Redeemed { get; set; }

    /// <summary>When it was last asked to take a redemption back.</summary>
    public long UndoAsked { get; set; }

    /// <summary>Whether the customer was in line for certain when a question was sent, or was served, and did not ask to leave.</summary>
    public bool IsInLine(long sent, long lease = 0) => Joined != 0 && LeaveAsked == 0 && ReturnAsked == 0 && sent > Joined + lease;

    /// <summary>What is known of a return.</summary>
    public KnownReturn Return => Returned != 0 ? KnownReturn.Done : ReturnAsked != 0 ? KnownReturn.Asked : KnownReturn.None;
}
