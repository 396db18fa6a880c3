namespace SecKill.Gateway.Live;

// LiveEvent adds the time; the member stands here for the API's description.

/// <summary>The sales with most claims lately, and the claims of all sales.</summary>
internal sealed record BoardView(SaleSnapshot[] Sales, ClaimCounts Claims, ClaimRates? PerSecond, int Silos, long? Since, string ErrMsg, long? Time = null);
