using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SecKill.Gateway.Docs;

/// <summary>The schemas of bodies, where the framework's say too little or too much.</summary>
internal static class ApiSchemas
{
    // Under which the framework notes a schema's name.
    private const string NameKey = "x-schema-id";

    /// <summary>A property that may be null is left out when it is, one that is ignored at its default when it has that, all others are always there. Names of enums are texts. Allowed values are listed.</summary>
    public static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (schema.Enum is { Count: > 0 })
            schema.Type ??= JsonSchemaType.String;
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: true) is [AllowedValuesAttribute allowed])
            schema.Enum = [.. allowed.Values.OfType<string>().Select(value => (JsonNode)value)];
        foreach (var property in context.JsonTypeInfo.Properties)
        {
            if (schema.Properties?.TryGetValue(property.Name, out var form) != true)
                continue;
            schema.Required ??= new HashSet<string>();
            if (!MayBeLeftOut(property) || property.AttributeProvider?.IsDefined(typeof(RequiredAttribute), inherit: true) == true)
                schema.Required.Add(property.Name);
            else
                schema.Required.Remove(property.Name);
            // Written even where it is null.
            var isAlways = property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.Never }];
            if (isAlways)
                schema.Required.Add(property.Name);
            if (form is not OpenApiSchema plain || isAlways)
                continue;
            plain.Type &= ~JsonSchemaType.Null;
            // What stands for a missing member is refused, or means the same as none.
            plain.Default = null;
        }
        return Task.CompletedTask;
    }

    private static bool MayBeLeftOut(JsonPropertyInfo property) =>
        property.IsGetNullable
        || property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingDefault }];

    /// <summary>A property of another type that may be null is left out too: takes the null out that the framework puts beside its reference.</summary>
    public static void RemoveNulls(OpenApiDocument document)
    {
        foreach (var properties in document.Components!.Schemas!.Values.Select(schema => schema.Properties).OfType<IDictionary<string, IOpenApiSchema>>())
        {
            foreach (var (name, property) in properties.ToArray())
            {
                if (property.OneOf is [{ Type: JsonSchemaType.Null }, { } reference])
                    properties[name] = reference;
            }
        }
    }

    /// <summary>The schema of a body of one of several types: the framework takes one type a status.</summary>
    public static async Task<IOpenApiSchema> AnyOfAsync(IEnumerable<Type> types, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var schemas = new List<IOpenApiSchema>();
        foreach (var type in types)
            schemas.Add(Lift(await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellation), context.Document!));
        return schemas is [var schema] ? schema : new OpenApiSchema { AnyOf = schemas };
    }

    /// <summary>Puts a schema that has a name, and those in it, among the components.</summary>
    private static IOpenApiSchema Lift(IOpenApiSchema form, OpenApiDocument document)
    {
        if (form is not OpenApiSchema schema)
            return form;
        foreach (var (name, property) in schema.Properties?.ToArray() ?? [])
            schema.Properties![name] = Lift(property, document);
        if (schema.Items is { } items)
            schema.Items = Lift(items, document);
        if (schema.Metadata?.TryGetValue(NameKey, out var value) != true || value is not string { Length: > 0 } id)
            return schema;
        if (document.Components?.Schemas?.ContainsKey(id) != true)
            document.AddComponent<IOpenApiSchema>(id, schema);
        return new OpenApiSchemaReference(id, document);
    }
}
