namespace SecKill.Tests.LocalServers.Sales;

/// <summary>A client's conclusion from the answer to a claim.</summary>
public enum Heard
{
    /// <summary>503 or no answer: the claim may have won.</summary>
    Unknown,
    Claimed,
    AlreadyClaimed,
    SoldOut,

    /// <summary>The sale had not begun.</summary>
    NotStarted,

    /// <summary>The sale was over.</summary>
    Ended,

    /// <summary>The sale was paused.</summary>
    Paused,
}

/// <summary>Judges answers to claims: the meaning of each, and whether it is consistent with earlier ones.</summary>
public static class ClaimJudge
{
    /// <summary>The meaning of a documented answer; null for any other.</summary>
    /// <param name="hasTerms">Whether the coupon has a window, or may be paused; else words of these are no answers.</param>
    public static Heard? MeaningOf(int status, string? claimResult, bool saysWhenToRetry, bool hasTerms = false) => (status, claimResult) switch
    {
        (201, "claimed") => Heard.Claimed,
        (204, "already-claimed") => Heard.AlreadyClaimed,
        (204, "sold-out") => Heard.SoldOut,
        (204, "not-started") when hasTerms && saysWhenToRetry => Heard.NotStarted,
        (204, "ended") when hasTerms => Heard.Ended,
        (204, "paused") when hasTerms && saysWhenToRetry => Heard.Paused,
        (503, _) when saysWhenToRetry => Heard.Unknown,
        // Not read in time: a gateway that was frozen in between. It may be sent again (RFC 9110, 15.5.9).
        (408, _) => Heard.Unknown,
        _ => null,
    };

    /// <summary>Why an answer to a customer is false, or null.</summary>
    /// <param name="isOwner">The customer was told before that it owns a unit.</param>
    /// <param name="mayOwn">An earlier claim of the customer may have won without an answer.</param>
    /// <param name="isAfterSoldOut">The claim was sent after some customer was told that nothing is left; units never come back.</param>
    public static string? FindLie(Heard heard, bool isOwner, bool mayOwn, bool isAfterSoldOut) => heard switch
    {
        Heard.Claimed when isOwner => "was told twice that he won",
        Heard.AlreadyClaimed when !isOwner && !mayOwn => "was told that he owns it, but never that he won",
        Heard.SoldOut when isOwner => "was told that it is sold out, though he owns it",
        Heard.NotStarted or Heard.Ended or Heard.Paused when isOwner => "was refused for a term of the sale, though he owns it",
        Heard.Claimed or Heard.AlreadyClaimed when !isOwner && isAfterSoldOut => "won with a claim that was sent after sold-out was told",
        _ => null,
    };
}
