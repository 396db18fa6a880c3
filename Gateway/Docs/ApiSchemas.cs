using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>The forms of bodies: each type once, among the document's components.</summary>
internal sealed class ApiSchemas(OpenApiDocument document, OpenApiDocumentTransformerContext context)
{
    // Under which ASP.NET notes the name that it would give the form.
    private const string NameKey = "x-schema-id";

    /// <summary>The form of one type.</summary>
    public async Task<IOpenApiSchema> OfAsync(Type type, CancellationToken cancellation) =>
        Lift(await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellation));

    /// <summary>The form of what may be any of some types.</summary>
    public async Task<IOpenApiSchema> OfAnyAsync(IReadOnlyList<Type> types, CancellationToken cancellation)
    {
        if (types is [var type])
            return await OfAsync(type, cancellation);
        var schemas = new List<IOpenApiSchema>();
        foreach (var one in types)
            schemas.Add(await OfAsync(one, cancellation));
        return new OpenApiSchema { AnyOf = schemas };
    }

    /// <summary>
    /// What is null is never written here: it may be missing, but is not null. The names of enums are texts. And values that alone are
    /// allowed are told.
    /// </summary>
    public static Task WriteAsWeDo(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (schema.Enum is { Count: > 0 })
            schema.Type ??= JsonSchemaType.String;
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: true) is [AllowedValuesAttribute allowed])
            schema.Enum = [.. allowed.Values.OfType<string>().Select(value => (JsonNode)value)];
        foreach (var property in context.JsonTypeInfo.Properties.Where(property => property.IsGetNullable))
        {
            schema.Required?.Remove(property.Name);
            if (schema.Properties?.TryGetValue(property.Name, out var form) == true && form is OpenApiSchema { Type: { } types } plain)
                plain.Type = types & ~JsonSchemaType.Null;
        }
        return Task.CompletedTask;
    }

    /// <summary>Puts a form that has a name, and those in it, among the components; a reference stays.</summary>
    private IOpenApiSchema Lift(IOpenApiSchema form)
    {
        if (form is not OpenApiSchema schema)
            return form;
        foreach (var (name, property) in schema.Properties?.ToArray() ?? [])
            schema.Properties![name] = Lift(property);
        if (schema.Items is { } items)
            schema.Items = Lift(items);
        if (schema.Metadata?.TryGetValue(NameKey, out var value) != true || value is not string { Length: > 0 } id)
            return schema;
        if (document.Components?.Schemas?.ContainsKey(id) != true)
            document.AddComponent<IOpenApiSchema>(id, schema);
        return new OpenApiSchemaReference(id, document);
    }
}
