using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Claims;

/// <summary>How a gateway gathers claims. Section <c>Claims</c> of the configuration.</summary>
public sealed class ClaimOptions
{
    /// <summary>
    /// How many claims may wait at this gateway, over all coupons. Default 20,000. For one of them half as many,
    /// so that a slow one does not keep out the others. More are answered 503 at once: a quick refusal is better than a late one.
    /// </summary>
    [Range(2, 10_000_000)]
    public int MaxWaiting { get; set; } = 20_000;

    /// <summary>
    /// How long a claim may wait before it is sent to its coupon. Default 5 s. One that has waited longer is answered 503
    /// and not sent: whoever made it has given up, or will try again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);
}
