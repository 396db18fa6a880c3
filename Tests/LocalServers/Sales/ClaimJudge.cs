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

    /// <summary>The customer has given a unit back.</summary>
    Returned,

    /// <summary>The customer is in line.</summary>
    Waiting,
}

/// <summary>What a customer knows of a return.</summary>
public enum KnownReturn
{
    /// <summary>None was asked for.</summary>
    None,

    /// <summary>One was asked for, and the answer is not known.</summary>
    Asked,

    /// <summary>The unit is given back.</summary>
    Done,
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
        (204, "returned") when hasTerms => Heard.Returned,
        (204, "waiting") when hasTerms => Heard.Waiting,
        (503, _) when saysWhenToRetry => Heard.Unknown,
        // Not read in time: a gateway that was frozen in between. It may be sent again (RFC 9110, 15.5.9).
        (408, _) => Heard.Unknown,
        _ => null,
    };

    /// <summary>Why an answer to a customer is false, or null.</summary>
    /// <param name="isOwner">The customer was told before that it owns a unit.</param>
    /// <param name="mayOwn">An earlier claim of the customer may have won without an answer.</param>
    /// <param name="isAfterSoldOut">The claim was sent after some customer was told that nothing is left; units never come back.</param>
    /// <param name="returned">Whether the customer had given a unit back when the claim was sent.</param>
    /// <param name="isAfterLease">Whether the return was answered longer ago than a lease lasts.</param>
    public static string? FindLie(
        Heard heard, bool isOwner, bool mayOwn, bool isAfterSoldOut, KnownReturn returned = KnownReturn.None, bool isAfterLease = true) =>
        heard switch
        {
            Heard.Unknown => null,
            Heard.Returned => returned == KnownReturn.None ? "was told of a return that he never asked for" : null,
            Heard.Claimed or Heard.AlreadyClaimed when returned == KnownReturn.Done => "has a unit, though he gave his back",
            _ when returned == KnownReturn.Done => isAfterLease ? "was refused with no word of the return, longer after it than a lease lasts" : null,
            Heard.Claimed when isOwner => "was told twice that he won",
            Heard.AlreadyClaimed when !isOwner && !mayOwn => "was told that he owns it, but never that he won",
            Heard.Waiting when isOwner => "was told that he waits, though he owns it",
            Heard.SoldOut when isOwner => "was told that it is sold out, though he owns it",
            Heard.NotStarted or Heard.Ended or Heard.Paused when isOwner => "was refused for a term of the sale, though he owns it",
            Heard.Claimed or Heard.AlreadyClaimed when !isOwner && isAfterSoldOut => "won with a claim that was sent after sold-out was told",
            _ => null,
        };
}
