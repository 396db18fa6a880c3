using System.ComponentModel.DataAnnotations;

namespace SecKill.Gateway.Claims;

/// <summary>How a gateway gathers claims. Section <c>Claims</c> of the configuration.</summary>
public sealed class ClaimOptions
{
    /// <summary>
    /// How many claims may wait at this gateway, over all coupons. Default 20,000. More are answered 503 at once: a quick
    /// refusal is better than a late one.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxWaiting { get; set; } = 20_000;
}
