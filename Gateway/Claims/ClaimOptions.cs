using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Claims;

/// <summary>Limits and timeouts of claims at a gateway. Section <c>Claims</c> of the configuration.</summary>
[SettingsSection("Claims")]
public sealed class ClaimOptions
{
    /// <summary>
    /// How many claims may wait at this gateway, over all coupons. Default 20,000. Half as many may wait for one coupon,
    /// so that a slow coupon does not keep out the others. More are answered 503 at once: a quick refusal is better than a late one.
    /// </summary>
    [Range(2, 10_000_000)]
    public int MaxWaiting { get; set; } = 20_000;

    /// <summary>
    /// The timeout of a claim at this gateway, from its arrival to its answer. Default 5 s. Two fifths of it may pass before
    /// the claim is sent, else it is answered 503 and not sent; the rest is for the silo. A claim without an answer by then is answered
    /// 503 too. Shorter means more claims whose outcome the customer must ask for again. Longer lengthens mostly the wait before
    /// sending: a call ends after 3 s (one coupon) or 4 s (a silo's batch) in any case.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a claim may wait before it is sent.</summary>
    internal TimeSpan WaitingLimit => Patience * 0.4;

    /// <summary>The timeout of a call with claims. A claim waits for one such call at a time, so for no longer than this.</summary>
    internal TimeSpan CallLimit => Patience - WaitingLimit;
}
