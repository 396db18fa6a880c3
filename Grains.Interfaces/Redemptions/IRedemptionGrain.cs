namespace SecKill.Grains.Interfaces.Redemptions;

/// <summary>Redeems units by the codes of their receipts, on the silo on which the call arrives. Its key is 0.</summary>
public interface IRedemptionGrain : IGrainWithIntegerKey
{
    /// <summary>Redeems units, each of which can be redeemed once. What one is answered does not depend on the others.</summary>
    /// <param name="all">1 to <see cref="Redemption.MaxBatch"/>.</param>
    /// <returns>One reply each, in order.</returns>
    /// <exception cref="UnavailableException">SQL cannot be reached; whether they were redeemed is not known.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<RedemptionReply[]> Redeem(Redemption[] all);

    /// <summary>Takes a redemption back, within the time for that.</summary>
    /// <exception cref="UnavailableException">SQL cannot be reached; whether it was taken back is not known.</exception>
    [AlwaysInterleave]
    [ResponseTimeout("00:00:15")]
    Task<RedemptionReply> Undo(string code, RequestMark by);
}

/// <summary>A unit to be redeemed.</summary>
/// <param name="Code">The text of its <see cref="ReceiptCode"/>.</param>
/// <param name="Device">Which till.</param>
/// <param name="ScannedAt">When, by the till's clock, in microseconds since 1970; null where it does not tell. It is only kept.</param>
/// <param name="By">The seller, and the request's key: with one, a repeat has the first one's reply.</param>
/// <param name="WasOffline">Whether the till has let the customer pass already, so that a conflict is kept, once a key; then there is one.</param>
[GenerateSerializer, Immutable]
public sealed record Redemption(
    [property: Id(0)] string Code, [property: Id(1)] string Device, [property: Id(2)] long? ScannedAt, [property: Id(3)] RequestMark By,
    [property: Id(4)] bool WasOffline = false)
{
    /// <summary>The most in one call.</summary>
    public const int MaxBatch = 500;

    /// <summary>The longest name of a till, in Unicode code points.</summary>
    public const int MaxDeviceLength = 64;
}

/// <summary>What became of a redemption, or of taking one back; times in microseconds since 1970.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Unit">Of <see cref="RedemptionStatus.Redeemed"/> and <see cref="RedemptionStatus.Undone"/>: which unit it is.</param>
/// <param name="RedeemedAt">When the unit was redeemed, if it was.</param>
/// <param name="Device">At which till.</param>
[GenerateSerializer, Immutable]
public sealed record RedemptionReply(
    [property: Id(0)] RedemptionStatus Status, [property: Id(1)] RedeemedUnit? Unit = null, [property: Id(2)] long? RedeemedAt = null,
    [property: Id(3)] string? Device = null);

/// <summary>A unit that a till asked about.</summary>
/// <param name="Coupon">The coupon's name.</param>
/// <param name="Customer">Its owner.</param>
/// <param name="FaceValue">The face value.</param>
[GenerateSerializer, Immutable]
public sealed record RedeemedUnit([property: Id(0)] string Coupon, [property: Id(1)] string Customer, [property: Id(2)] int FaceValue);

/// <summary>The outcome of a redemption. What is not known is an exception.</summary>
public enum RedemptionStatus : byte
{
    /// <summary>This one redeemed it; or a repeat of this one has.</summary>
    Redeemed,

    /// <summary>No unit of this seller has that code.</summary>
    Unknown,

    /// <summary>It was redeemed before.</summary>
    Again,

    /// <summary>The unit was given back.</summary>
    Returned,

    /// <summary>It is too late to redeem it, or to take that back.</summary>
    TooLate,

    /// <summary>It is not redeemed: any more, or as it was asked for.</summary>
    Undone,

    /// <summary>The caller has used the request's key for something else.</summary>
    OtherContent,
}
