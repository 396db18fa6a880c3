using System.Text.Json;
using System.Text.Json.Serialization;
using SecKill.Gateway.Http;
using SecKill.Grains.Interfaces.Live;

namespace SecKill.Gateway.Live;

// Time is described here only: LiveReading adds it when all else is written.

/// <summary>All sales, as watchers are told.</summary>
internal sealed record BoardView(SaleSnapshot[] Sales, ClaimCounts Claims, ClaimRates? PerSecond, int Silos, long? Since, string ErrMsg, long? Time = null);

/// <summary>How they are written.</summary>
[JsonSerializable(typeof(SaleSnapshot))]
[JsonSerializable(typeof(BoardView))]
internal sealed partial class LiveJson : JsonSerializerContext
{
    /// <summary>As the API's other answers are.</summary>
    public static LiveJson Plain { get; } = new(new JsonSerializerOptions(AnswerJson.NewOptions())
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });
}
