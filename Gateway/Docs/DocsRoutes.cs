using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace SecKill.Gateway.Docs;

/// <summary>Serves the OpenAPI document at <c>/openapi.json</c> and a page to read it and try requests at <c>/docs</c>.</summary>
internal static class DocsRoutes
{
    /// <summary>Where the document is served.</summary>
    public const string DocumentPath = "/openapi.json";

    private const string PagePath = "/docs";
    private const string DocumentName = "seckill";

    public static void AddDocs(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => AnswerJson.Configure(json.SerializerOptions));
        services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            // What is tagged; of the health endpoints, which take HEAD too, GET.
            options.ShouldInclude = route => !HttpMethods.IsHead(route.HttpMethod!) && route.ActionDescriptor.EndpointMetadata.OfType<ITagsMetadata>().Any();
            options.AddSchemaTransformer(ApiSchemas.TransformAsync);
            options.AddOperationTransformer(ApiOperations.TransformAsync);
            options.AddDocumentTransformer(ApiOverview.TransformAsync);
        });
    }

    /// <summary>Maps both, unless turned off.</summary>
    public static void MapDocs(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<DocsOptions>>().Value.Enabled)
            return;
        // Once: it does not change.
        var document = new Lazy<Task<byte[]>>(() => WriteAsync(app.Services));
        app.MapGet(DocumentPath, (Delegate)(async (HttpContext context) => DocsScripts.Bytes(context, await document.Value, "application/json; charset=utf-8")));
        app.MapDocsScripts(PagePath);
        app.MapScalarApiReference(PagePath, page => page
                .WithTitle("SecKill API")
                .AddDocument(DocumentName, "SecKill", DocumentPath)
                .DisableDefaultFonts()
                .DisableTelemetry()
                .DisableAgent()
                .DisableMcp()
                .HideDeveloperTools()
                .WithNonce())
            .AddEndpointFilter(GuardPageAsync);
    }

    private static async ValueTask<object?> GuardPageAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var page = await next(context);
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = PolicyWith(context.HttpContext.Items[ScalarOptions.NonceHttpContextItemKey]);
        headers["Referrer-Policy"] = "no-referrer";
        return page;
    }

    /// <summary>The page loads nothing from other sites.</summary>
    private static string PolicyWith(object? nonce) =>
        $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static async Task<byte[]> WriteAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName).GetOpenApiDocumentAsync();
        await using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        document.SerializeAsV31(new OpenApiJsonWriter(text));
        await text.WriteLineAsync();
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
