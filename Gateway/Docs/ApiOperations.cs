using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Coupons;
using SecKill.Gateway.Receipts;
using SecKill.Gateway.Redemptions;

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
        ["Retry-After"] = ("After how many seconds to try again, a whole number.", JsonSchemaType.Integer),
        [ClaimEndpoint.ResultHeader] = ("The outcome.", JsonSchemaType.String),
        [SaleChangesApi.ResultHeader] = ("Why it was not done: `in-progress`, `started`, `no-owners` or `below-owners`.", JsonSchemaType.String),
        [ReceiptsApi.ResultHeader] = ("Why there is no receipt: `returned`.", JsonSchemaType.String),
        [RedemptionReplies.ResultHeader] = ("Why it was not done: `redeemed`, `returned`, `too-late` or `undone`.", JsonSchemaType.String),
        [ReturnsApi.ResultHeader] = ("The outcome: `returned`, or why not: `no-returns`, `too-late` or `redeemed`.", JsonSchemaType.String),
        [WaitingApi.ResultHeader] = ("Why the customer is not in line: `already-claimed`, `returned`, `full`, `not-sold-out`, `ended` or `no-waitlist`.", JsonSchemaType.String),
        [ClaimEndpoint.PositionHeader] = ("With `waiting`: the place in line; it may count some who have left.", JsonSchemaType.Integer),
        ["ETag"] = ("The version of the coupon's terms, for `If-Match`.", JsonSchemaType.String),
        [ClaimEndpoint.StartsInHeader] = ("With `not-started`: how many milliseconds remain until the start, by the clock that decides.", JsonSchemaType.Integer),
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
        foreach (var form in metadata.OfType<OtherForm>())
            operation.Responses["200"].Content![form.Type] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = form.Sample };
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
            Headers = Array.Exists(replies, reply => reply.Headers.Length > 0)
                ? replies.SelectMany(reply => reply.Headers).GroupBy(header => header.Name, header => header.Value)
                    .ToDictionary(header => header.Key, IOpenApiHeader (header) => Header(header.Key, [.. header.Distinct()], isAlwaysThere: header.Count() == replies.Length))
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

    private static OpenApiHeader Header(string name, string[] values, bool isAlwaysThere)
    {
        var (description, type) = _headers.GetValueOrDefault(name, ("", JsonSchemaType.String));
        var isNumber = type == JsonSchemaType.Integer;
        return new OpenApiHeader
        {
            Description = description,
            Required = isAlwaysThere,
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
            In = isInPath ? ParameterLocation.Path : parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
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
