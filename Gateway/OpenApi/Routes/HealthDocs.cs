using System.Text.Json.Nodes;
using SecKill.ServiceDefaults.HealthChecks;

namespace SecKill.Gateway.OpenApi.Routes;

/// <summary>The health endpoints.</summary>
internal static class HealthDocs
{
    private static readonly RouteDoc _live = new("healthLive", ApiTags.Health, "Does the process run?",
        "It asks nobody else, so that a dead Redis does not get every process restarted.")
    {
        Answers = [Reports(StatusCodes.Status200OK, "It runs.", ("live", """{"status":"Healthy","checks":{}}"""))],
    };

    private static readonly RouteDoc _ready = new("healthReady", ApiTags.Health, "Can it do its work now?",
        "Each thing that it needs, with a reason in words where that fails. Send it no requests while this is 503.")
    {
        Answers =
        [
            Reports(StatusCodes.Status200OK, "It can.",
                ("gateway", """{"status":"Healthy","checks":{"cluster":"2 silos.","leaving":"Healthy"}}"""),
                ("embedded", """{"status":"Healthy","checks":{"cluster":"1 silo. This one is active.","leaving":"Healthy","redis":"Healthy","sql":"Healthy"}}""")),
            Reports(StatusCodes.Status503ServiceUnavailable, "It cannot, for these reasons.",
                ("no-silo", """{"status":"Unhealthy","checks":{"cluster":"No silo is connected.","leaving":"Healthy"}}"""),
                ("stopping", """{"status":"Unhealthy","checks":{"cluster":"2 silos.","leaving":"It was told to stop."}}""")),
        ],
    };

    private static readonly RouteDoc _startup = new("healthStartup", ApiTags.Health, "Has it started?",
        "200 once the start is complete, and from then on, whatever happens to others. Before, it is 503, or nobody listens yet.")
    {
        Answers =
        [
            Reports(StatusCodes.Status200OK, "It has.", ("started", """{"status":"Healthy","checks":{"startup":"Healthy"}}""")),
            Reports(StatusCodes.Status503ServiceUnavailable, "Not yet.", ("starting", """{"status":"Unhealthy","checks":{"startup":"It is starting."}}""")),
        ],
    };

    /// <summary>The document of one of them.</summary>
    public static RouteDoc Of(string path) => path switch
    {
        Health.LivePath => _live,
        Health.ReadyPath => _ready,
        Health.StartupPath => _startup,
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "No health endpoint."),
    };

    private static AnswerDoc Reports(int status, string description, params (string Name, string Json)[] examples) => new(status, description)
    {
        Bodies = [typeof(HealthAnswer)],
        Examples = examples.ToDictionary(example => example.Name, example => JsonNode.Parse(example.Json)!),
    };
}
