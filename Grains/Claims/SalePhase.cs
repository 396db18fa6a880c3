namespace SecKill.Grains.Claims;

/// <summary>Which grain sends a coupon's claims to Redis.</summary>
internal enum SalePhase
{
    /// <summary>The stock was not verified yet, or is being rebuilt: claims wait for that, for a bounded time.</summary>
    Unverified,

    /// <summary>The grain asks Redis: units have run out, the wake-up is not scheduled, or something went wrong.</summary>
    Verified,

    /// <summary>The claim batch grain may ask Redis past the grain: units were left, and the wake-up is scheduled.</summary>
    Batched,

    /// <summary>The activation ends and relays its outbox once more; what is decided meanwhile still counts.</summary>
    Leaving,

    /// <summary>The activation has ended. Nothing is remembered, so nothing may be confirmed.</summary>
    Ended,
}
