namespace SecKill.Grains.Interfaces.Redemptions;

/// <summary>The receipt of a customer's unit, as it is asked for; times in microseconds since 1970.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Code">If there is one: the text of its <see cref="ReceiptCode"/>.</param>
/// <param name="ClaimedAt">When it was won.</param>
/// <param name="FaceValue">The face value.</param>
/// <param name="RedeemUntil">The moment after which no till takes it; null for none.</param>
/// <param name="RedeemedAt">When it was used; null while it is not.</param>
[GenerateSerializer, Immutable]
public sealed record ReceiptReply(
    [property: Id(0)] ReceiptStatus Status, [property: Id(1)] string? Code = null, [property: Id(2)] long ClaimedAt = 0, [property: Id(3)] int FaceValue = 0,
    [property: Id(4)] long? RedeemUntil = null, [property: Id(5)] long? RedeemedAt = null);

/// <summary>Whether there is a receipt. What is not known is an exception.</summary>
public enum ReceiptStatus : byte
{
    /// <summary>There is.</summary>
    Given,

    /// <summary>There is no such coupon.</summary>
    NoSuchCoupon,

    /// <summary>The customer has no unit of it.</summary>
    NotOwned,

    /// <summary>The customer has given the unit back.</summary>
    Returned,

    /// <summary>Won, and not in the ledger yet: it is on the way.</summary>
    NotYet,
}
