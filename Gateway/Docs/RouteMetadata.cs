using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>A parameter in path, query or headers, for handlers that read these themselves.</summary>
/// <param name="Name">As in the route's pattern, else in the query.</param>
/// <param name="Description">In Markdown.</param>
/// <param name="Schema">Its form.</param>
/// <param name="Example">A good value.</param>
/// <param name="IsHeader">Whether it is a request header.</param>
internal sealed record RouteParameter(string Name, string Description, OpenApiSchema Schema, JsonNode Example, bool IsHeader = false)
{
    public static RouteParameter User(string name, string description) => Text(name, description, UserName.MaxLength, "bob");

    public static RouteParameter Coupon(string description) => Text("coupon", description, CouponName.MaxLength, "breakfast");

    private static RouteParameter Text(string name, string description, int maxLength, string example) =>
        new(name, description, new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = maxLength }, example);
}

/// <summary>Examples of a request's body, by name.</summary>
internal sealed record RequestExamples(IReadOnlyDictionary<string, object> ByName);

/// <summary>Says that a route answers 200 in another form too, if the client accepts that.</summary>
/// <param name="Type">The media type.</param>
/// <param name="Sample">How it begins.</param>
internal sealed record OtherForm(string Type, string Sample);

/// <summary>What a client must send to be let in.</summary>
/// <param name="Scheme">One of <see cref="ApiOverview.Schemes"/>.</param>
/// <param name="IsOptional">Whether the route answers without it too.</param>
internal sealed record Credential(string Scheme, bool IsOptional = false);

/// <summary>Declares on routes what their handlers' signatures do not tell.</summary>
internal static class RouteMetadata
{
    /// <summary>Declares parameters; a later one of the same name wins.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder route, params RouteParameter[] parameters) where TBuilder : IEndpointConventionBuilder => route.WithMetadata([.. parameters]);
}
