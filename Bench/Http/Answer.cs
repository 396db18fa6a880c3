namespace SecKill.Bench.Http;

/// <summary>What the header <c>Claim-Result</c> says.</summary>
internal enum ClaimResult : byte
{
    /// <summary>There is no such header.</summary>
    None,

    /// <summary><c>claimed</c>.</summary>
    Claimed,

    /// <summary><c>sold-out</c>.</summary>
    SoldOut,

    /// <summary><c>already-claimed</c>.</summary>
    AlreadyClaimed,

    /// <summary><c>no-such-coupon</c>.</summary>
    NoSuchCoupon,

    /// <summary><c>not-started</c>.</summary>
    NotStarted,

    /// <summary><c>ended</c>.</summary>
    Ended,

    /// <summary>A word unknown to this client.</summary>
    Other,
}

/// <summary>An answer, as much of it as is of interest here.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Result">A claim's result.</param>
/// <param name="RetryAfterSeconds">Zero where the answer does not say.</param>
/// <param name="Body">Decoded; valid until the connection's next request.</param>
internal readonly record struct Answer(int Status, ClaimResult Result, int RetryAfterSeconds, ReadOnlyMemory<byte> Body);
