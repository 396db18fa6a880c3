using System.Text.Json;
using System.Text.Json.Serialization;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

// LiveEvent adds the time; the member stands here for the API's description.

/// <summary>The sales with most claims lately, and the claims of all sales.</summary>
internal sealed record BoardView(SaleSnapshot[] Sales, ClaimCounts Claims, ClaimRates? PerSecond, int Silos, long? Since, string ErrMsg, long? Time = null);

/// <summary>Writes snapshots as JSON.</summary>
[JsonSerializable(typeof(SaleSnapshot))]
[JsonSerializable(typeof(BoardView))]
internal sealed partial class LiveJson : JsonSerializerContext
{
    /// <summary>With the options of the API's other answers.</summary>
    public static LiveJson Plain { get; } = new(new JsonSerializerOptions(AnswerJson.NewOptions())
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });
}
