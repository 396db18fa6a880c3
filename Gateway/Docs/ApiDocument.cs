using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>Makes the API's document of what stands on the routes (<see cref="RouteDoc"/>).</summary>
internal sealed class ApiDocument(EndpointDataSource routes) : IOpenApiDocumentTransformer
{
    private const string Token = "token";
    private const string AdminKey = "adminKey";

    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var documented = routes.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<RouteDoc>() is not null)
            .SelectMany(Operations)
            .OrderBy(route => route.Path, StringComparer.Ordinal).ThenBy(route => route.Method.Method, StringComparer.Ordinal)
            .ToArray();

        document.Info = ApiOverview.Info;
        document.Servers = [new OpenApiServer { Url = "/", Description = "The gateway that this was read from." }];
        document.Tags = ApiTags.All.Where(tag => documented.Any(route => route.Doc.Tag == tag.Name)).ToHashSet();
        document.AddComponent(Token, ApiOverview.TokenScheme);
        if (documented.Any(route => route.Doc.Access == Access.Operator))
            document.AddComponent(AdminKey, ApiOverview.AdminKeyScheme);

        var schemas = new ApiSchemas(document, context);
        document.Paths = [];
        foreach (var (path, method, doc) in documented)
        {
            if (!document.Paths.TryGetValue(path, out var item))
                document.Paths.Add(path, item = new OpenApiPathItem());
            ((OpenApiPathItem)item).AddOperation(method, await OperationAsync(doc, document, schemas, cancellationToken));
        }
    }

    private static IEnumerable<(string Path, HttpMethod Method, RouteDoc Doc)> Operations(RouteEndpoint route)
    {
        var path = '/' + route.RoutePattern.RawText!.Trim('/');
        var doc = route.Metadata.GetMetadata<RouteDoc>()!;
        // A route that takes any method is there to be read.
        var methods = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [HttpMethods.Get];
        return methods.Select(method => (path, new HttpMethod(method), doc));
    }

    private static async Task<OpenApiOperation> OperationAsync(RouteDoc doc, OpenApiDocument document, ApiSchemas schemas, CancellationToken cancellation)
    {
        var operation = new OpenApiOperation
        {
            OperationId = doc.Id,
            Tags = new HashSet<OpenApiTagReference> { new(doc.Tag, document) },
            Summary = doc.Summary,
            Description = doc.Description,
            Security = SecurityOf(doc.Access, document),
            Parameters = doc.Parameters.Count == 0 ? null : [.. doc.Parameters.Select(Parameter)],
            Responses = [],
        };
        if (doc.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [MediaTypeNames.Application.Json] = new() { Schema = await schemas.OfAsync(body.Type, cancellation), Examples = Examples(body.Examples) },
                },
            };
        }
        foreach (var answer in doc.Answers)
            operation.Responses.Add($"{answer.Status}", await ResponseAsync(answer, schemas, cancellation));
        return operation;
    }

    private static async Task<OpenApiResponse> ResponseAsync(AnswerDoc answer, ApiSchemas schemas, CancellationToken cancellation) => new()
    {
        Description = answer.Description,
        Headers = answer.Headers.Count == 0 ? null : answer.Headers.ToDictionary(header => header.Name, Header),
        Content = answer.Bodies.Count == 0 ? null : await ContentAsync(answer, schemas, cancellation),
    };

    private static async Task<Dictionary<string, OpenApiMediaType>> ContentAsync(AnswerDoc answer, ApiSchemas schemas, CancellationToken cancellation)
    {
        var content = new Dictionary<string, OpenApiMediaType>
        {
            [MediaTypeNames.Application.Json] = new() { Schema = await schemas.OfAnyAsync(answer.Bodies, cancellation), Examples = Examples(answer.Examples) },
        };
        if (answer.EventStream is { } stream)
            content[MediaTypeNames.Text.EventStream] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = stream };
        return content;
    }

    private static IOpenApiHeader Header(HeaderDoc header) =>
        new OpenApiHeader { Description = header.Description, Required = true, Schema = header.Schema, Example = header.Example.DeepClone() };

    private static IOpenApiParameter Parameter(ParameterDoc parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = parameter.In,
        Required = parameter.In == ParameterLocation.Path,
        Description = parameter.Description,
        Schema = parameter.Schema,
        Example = parameter.Example.DeepClone(),
    };

    private static Dictionary<string, IOpenApiExample> Examples(IReadOnlyDictionary<string, JsonNode> examples) =>
        examples.ToDictionary(example => example.Key, IOpenApiExample (example) => new OpenApiExample { Value = example.Value.DeepClone() });

    private static List<OpenApiSecurityRequirement>? SecurityOf(Access access, OpenApiDocument document)
    {
        OpenApiSecurityRequirement Needing(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
        return access switch
        {
            Access.Token => [Needing(Token)],
            Access.AnybodyOrToken => [Needing(Token), []],
            Access.Operator => [Needing(AdminKey)],
            _ => null,
        };
    }
}
