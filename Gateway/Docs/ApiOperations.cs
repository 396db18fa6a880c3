using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using SecKill.Gateway.Claims;

namespace SecKill.Gateway.Docs;

/// <summary>
/// Completes each operation of the OpenAPI document. The framework takes names, tags, status codes and types from the mappings, and texts
/// from the handlers' XML comments; here come parameters, credentials, and the replies with their examples and headers.
/// </summary>
internal static class ApiOperations
{
    /// <summary>Descriptions of replies that need no other one.</summary>
    private static readonly Dictionary<int, string> _descriptions = new()
    {
        [StatusCodes.Status400BadRequest] = "The path cannot be read.",
        [StatusCodes.Status413PayloadTooLarge] = "The body is too large.",
        [StatusCodes.Status500InternalServerError] = "A fault of the service.",
        [StatusCodes.Status503ServiceUnavailable] = "Not decided, or not known whether it took effect. It is safe to try again.",
    };

    private static readonly Dictionary<string, (string Description, JsonSchemaType Type)> _headers = new()
    {
        ["Authorization"] = ("The token, bare.", JsonSchemaType.String),
        ["Retry-After"] = ("After how many seconds to try again.", JsonSchemaType.Integer),
        [ClaimEndpoint.ResultHeader] = ("The outcome.", JsonSchemaType.String),
    };

    public static async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var pattern = RoutePatternFactory.Parse(context.Description.RelativePath!);
        operation.Parameters = [.. metadata.OfType<RouteParameter>().GroupBy(parameter => parameter.Name).Select(named => Parameter(named.Last(), pattern))];
        if (metadata.OfType<Credential>().LastOrDefault() is { } credential)
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(credential.Scheme, context.Document)] = [] }];
            if (credential.IsOptional)
                operation.Security.Add([]);
        }
        if (metadata.OfType<RequestExamples>().LastOrDefault() is { } examples && operation.RequestBody?.Content is { } content)
            content[MediaTypeNames.Application.Json].Examples = examples.ByName.ToDictionary(example => example.Key, IOpenApiExample (example) => Example(JsonSerializer.SerializeToNode(example.Value, AnswerJson.Options)));

        var replies = metadata.OfType<Reply>().ToList();
        if (!operation.Tags!.Any(tag => tag.Name == ApiOverview.Health))
            replies.AddRange([.. Defaults(replies, context.Description.HttpMethod!)]);
        var known = operation.Responses ?? [];
        operation.Responses = [];
        foreach (var status in replies.GroupBy(reply => reply.StatusCode).OrderBy(status => status.Key))
            operation.Responses.Add($"{status.Key}", await ResponseAsync(status.Key, [.. status], known, context, cancellation));
        if (metadata.OfType<EventStream>().LastOrDefault() is { } stream)
            operation.Responses["200"].Content![MediaTypeNames.Text.EventStream] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = stream.Sample };
    }

    /// <summary>What each route answers that calls a grain.</summary>
    private static IEnumerable<Reply> Defaults(List<Reply> replies, string method)
    {
        if (replies.TrueForAll(reply => reply.StatusCode != StatusCodes.Status503ServiceUnavailable))
            yield return ExceptionHandler.Unavailable(method);
        yield return ExceptionHandler.Internal;
    }

    private static async Task<OpenApiResponse> ResponseAsync(
        int status, Reply[] replies, OpenApiResponses known, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var described = known.TryGetValue($"{status}", out var response) ? response.Description : null;
        var bodies = replies.Where(reply => !reply.Json.IsEmpty).ToArray();
        return new OpenApiResponse
        {
            // The reason phrase is the framework's word for a status without a description.
            Description = described is null || described == ReasonPhrases.GetReasonPhrase(status) ? _descriptions.GetValueOrDefault(status, described ?? "") : described,
            Headers = replies.Any(reply => reply.Header is not null)
                ? replies.Select(reply => reply.Header).OfType<(string Name, string Value)>().GroupBy(header => header.Name, header => header.Value)
                    .ToDictionary(header => header.Key, IOpenApiHeader (header) => Header(header.Key, [.. header.Distinct()]))
                : null,
            Content = bodies.Length == 0 ? null : new Dictionary<string, OpenApiMediaType>
            {
                [MediaTypeNames.Application.Json] = new()
                {
                    Schema = await ApiSchemas.AnyOfAsync(bodies.Select(reply => reply.Type).Distinct(), context, cancellation),
                    Examples = bodies.Select(reply => (Name: NameOf(reply), reply.Json)).DistinctBy(reply => reply.Name)
                        .ToDictionary(reply => reply.Name, IOpenApiExample (reply) => Example(JsonNode.Parse(reply.Json.Span))),
                },
            },
        };
    }

    private static OpenApiHeader Header(string name, string[] values)
    {
        var (description, type) = _headers.GetValueOrDefault(name, ("", JsonSchemaType.String));
        var isNumber = type == JsonSchemaType.Integer;
        return new OpenApiHeader
        {
            Description = description,
            Required = true,
            Schema = new OpenApiSchema
            {
                Type = type,
                Minimum = isNumber ? "1" : null,
                Enum = name == ClaimEndpoint.ResultHeader ? [.. values.Select(value => (JsonNode)value)] : null,
            },
            Example = isNumber ? JsonNode.Parse(values[0]) : values[0],
        };
    }

    private static OpenApiParameter Parameter(RouteParameter parameter, RoutePattern pattern)
    {
        var isInPath = pattern.GetParameter(parameter.Name) is not null;
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = isInPath ? ParameterLocation.Path : ParameterLocation.Query,
            Required = isInPath,
            Description = parameter.Description,
            Schema = parameter.Schema,
            Example = parameter.Example.DeepClone(),
        };
    }

    private static OpenApiExample Example(JsonNode? value) => new() { Value = value };

    /// <summary>A name for an example, of the characters that are allowed in one.</summary>
    private static string NameOf(Reply reply)
    {
        if (reply.Name is { } name)
            return name;
        var text = (string?)JsonNode.Parse(reply.Json.Span)!["errMsg"] ?? "";
        var words = string.Concat(text.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "success" : string.Join('-', words.Take(8));
    }
}
