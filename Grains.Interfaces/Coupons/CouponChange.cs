namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>What a seller wants changed of a running sale.</summary>
/// <param name="Action">Which of the changes; the members that belong to another one are not looked at.</param>
[GenerateSerializer, Immutable]
public sealed record CouponChange([property: Id(0)] ChangeAction Action)
{
    /// <summary>Of a pause: the seller's words; null for none.</summary>
    [Id(1)]
    public string? Reason { get; init; }

    /// <summary>How many units there shall be; null for as many as are owned.</summary>
    [Id(2)]
    public int? Amount { get; init; }

    /// <summary>When the sale shall start; null where that stays.</summary>
    [Id(3)]
    public WindowEdge? Starts { get; init; }

    /// <summary>When it shall end; null where that stays.</summary>
    [Id(4)]
    public WindowEdge? Ends { get; init; }
}

/// <summary>An edge of a sale's window, as it shall be.</summary>
/// <param name="At">In microseconds since 1970; null for none.</param>
/// <param name="IsNow">Whether it is the moment of the change instead.</param>
[GenerateSerializer, Immutable]
public readonly record struct WindowEdge([property: Id(0)] long? At, [property: Id(1)] bool IsNow = false);

/// <summary>The changes of a running sale. The words of the record of operations are these.</summary>
public enum ChangeAction : byte
{
    /// <summary>No more unit is sold until it is resumed.</summary>
    Pause,

    /// <summary>Ends a pause.</summary>
    Resume,

    /// <summary>Another amount.</summary>
    Amount,

    /// <summary>Another start or end.</summary>
    Window,
}

/// <summary>What became of a change.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Coupon">The coupon as it is now, where the change was made or the version differs.</param>
/// <param name="Owners">Of <see cref="ChangeStatus.BelowOwners"/>: how many units are owned.</param>
/// <param name="Held">Of the same: how many are set aside by another change.</param>
[GenerateSerializer, Immutable]
public sealed record ChangeReply(
    [property: Id(0)] ChangeStatus Status, [property: Id(1)] CouponView? Coupon = null, [property: Id(2)] long? Owners = null, [property: Id(3)] long? Held = null);

/// <summary>The outcome of a change. What is not known is an exception.</summary>
public enum ChangeStatus : byte
{
    /// <summary>It is as asked for, in both stores.</summary>
    Done,

    /// <summary>There is no such coupon.</summary>
    NoSuchCoupon,

    /// <summary>The coupon has another version than the one to which the change was bound.</summary>
    VersionDiffers,

    /// <summary>The caller has used the request's key for something else.</summary>
    OtherContent,

    /// <summary>A request of the same key is under way.</summary>
    InProgress,

    /// <summary>More units are owned or held than there would be.</summary>
    BelowOwners,

    /// <summary>No unit is owned, so there would be none.</summary>
    NoOwners,

    /// <summary>The sale has started, so its start cannot be later.</summary>
    Started,

    /// <summary>The start would not be before the end.</summary>
    StartsNotBeforeEnd,

    /// <summary>The end would be in the past.</summary>
    EndsInThePast,
}

/// <summary>A recorded change of a coupon.</summary>
/// <param name="No">The version that it led to.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="Actor">Who made it.</param>
/// <param name="Action">In a word.</param>
/// <param name="Before">The terms before it, as JSON.</param>
/// <param name="After">And after it.</param>
[GenerateSerializer, Immutable]
public sealed record CouponOperation(
    [property: Id(0)] long No, [property: Id(1)] long Micros, [property: Id(2)] string Actor, [property: Id(3)] string Action, [property: Id(4)] string Before,
    [property: Id(5)] string After);
