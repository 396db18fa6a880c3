using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>
/// What the API's document tells of a route. It stands on the route's mapping (<see cref="RouteDocs.WithDoc"/>), because handlers here
/// read paths and bodies themselves: their signatures tell nothing.
/// </summary>
/// <param name="Id">The operation's id, unique in the document.</param>
/// <param name="Tag">The group in which it is shown, one of <see cref="ApiTags"/>.</param>
/// <param name="Summary">A few words.</param>
/// <param name="Description">What a client should know, in Markdown.</param>
internal sealed record RouteDoc(string Id, string Tag, string Summary, string Description)
{
    /// <summary>What a client must bring.</summary>
    public Access Access { get; init; }

    /// <summary>In path and query.</summary>
    public IReadOnlyList<ParameterDoc> Parameters { get; init; } = [];

    /// <summary>Null where the route takes no body.</summary>
    public BodyDoc? Body { get; init; }

    /// <summary>Every status that it answers, each once.</summary>
    public IReadOnlyList<AnswerDoc> Answers { get; init; } = [];
}

/// <summary>Who may use a route.</summary>
internal enum Access
{
    /// <summary>Everybody.</summary>
    Anybody,

    /// <summary>Everybody; a token is read where there is one.</summary>
    AnybodyOrToken,

    /// <summary>Who has logged in.</summary>
    Token,

    /// <summary>Who has the operators' key.</summary>
    Operator,
}

/// <summary>A parameter in path or query.</summary>
/// <param name="Name">As in the route or the query.</param>
/// <param name="In">Where.</param>
/// <param name="Description">In Markdown.</param>
/// <param name="Schema">Its form.</param>
/// <param name="Example">A good value.</param>
internal sealed record ParameterDoc(string Name, ParameterLocation In, string Description, OpenApiSchema Schema, JsonNode Example);

/// <summary>A request's body, which is JSON.</summary>
/// <param name="Type">Its form; described only, never bound.</param>
/// <param name="Examples">Good ones, by name.</param>
internal sealed record BodyDoc(Type Type, IReadOnlyDictionary<string, JsonNode> Examples);

/// <summary>An answer.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Description">When it is given, in Markdown.</param>
internal sealed record AnswerDoc(int Status, string Description)
{
    /// <summary>The body's forms, any of them; empty where there is no body.</summary>
    public IReadOnlyList<Type> Bodies { get; init; } = [];

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, JsonNode> Examples { get; init; } = new Dictionary<string, JsonNode>();

    /// <summary>What a stream of events begins with, where the answer may be one too; null where not.</summary>
    public string? EventStream { get; init; }

    /// <summary>Headers that tell something.</summary>
    public IReadOnlyList<HeaderDoc> Headers { get; init; } = [];
}

/// <summary>A header of an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">In Markdown.</param>
/// <param name="Schema">Its form.</param>
/// <param name="Example">A value.</param>
internal sealed record HeaderDoc(string Name, string Description, OpenApiSchema Schema, JsonNode Example);

/// <summary>Puts documents on routes.</summary>
internal static class RouteDocs
{
    /// <summary>Has the route in the API's document.</summary>
    public static TBuilder WithDoc<TBuilder>(this TBuilder route, RouteDoc doc) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(doc);
}
