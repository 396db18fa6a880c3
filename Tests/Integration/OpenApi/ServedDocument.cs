using System.Text.Json.Nodes;
using Json.Schema;

namespace SecKill.Tests.Integration.OpenApi;

/// <summary>The API's document as a gateway serves it, and what it says of answers.</summary>
internal sealed class ServedDocument
{
    private readonly JsonObject _root;
    private readonly JsonNode _definitions;

    private ServedDocument(string text)
    {
        Text = text;
        _root = JsonNode.Parse(text)!.AsObject();
        // A field that is not in the document must not be in an answer either.
        _definitions = Strict(_root["components"]!["schemas"]!);
        Operations = [.. from path in _root["paths"]!.AsObject()
                         from operation in path.Value!.AsObject()
                         select new ServedOperation(path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject())];
    }

    public string Text { get; }

    public IReadOnlyList<ServedOperation> Operations { get; }

    public IEnumerable<string> DescribedTags => _root["tags"]!.AsArray().Select(tag => (string)tag!["name"]!);

    public static async Task<ServedDocument> ReadAsync(Uri gateway)
    {
        var answer = await new ApiClient(gateway).SendAsync(HttpMethod.Get, "/openapi.json");
        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        return new ServedDocument(answer.Body);
    }

    /// <summary>Holds an answer to what the document says of that operation.</summary>
    public void Check(string operationId, Answer answer)
    {
        var operation = Operations.Single(operation => operation.Id == operationId);
        Assert.True(operation.Answers.TryGetValue($"{answer.Status}", out var response), $"{operationId} may not answer that: {answer}");
        foreach (var (name, header) in response["headers"]?.AsObject() ?? [])
        {
            if (!answer.Headers.TryGetValues(name, out var values))
            {
                Assert.False(header!["required"]?.GetValue<bool>() == true, $"{name} is missing: {answer}");
                continue;
            }
            var type = (string?)header!["schema"]!["type"];
            CheckForm(header["schema"]!, type == "integer" ? JsonNode.Parse(values.Single())! : JsonValue.Create(values.Single()), $"{name} of {answer}");
        }
        if (response["content"]?.AsObject() is not { } contents)
        {
            Assert.True(answer.Body.Length == 0, $"a body that is not documented: {answer}");
            return;
        }
        Assert.True(contents.TryGetPropertyValue(answer.ContentType!, out var content), $"{answer.ContentType} is not documented: {answer}");
        CheckForm(content!["schema"]!, JsonNode.Parse(answer.Body)!, $"{answer}");
    }

    /// <summary>Holds every example to its form.</summary>
    public void CheckExamples()
    {
        foreach (var operation in Operations)
        {
            foreach (var content in operation.Contents)
            {
                foreach (var (name, example) in content["examples"]?.AsObject() ?? [])
                    CheckForm(content["schema"]!, example!["value"]!, $"example {name} of {operation.Id}");
            }
        }
    }

    private void CheckForm(JsonNode form, JsonNode value, string what)
    {
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["allOf"] = new JsonArray(Strict(form)), ["$defs"] = _definitions.DeepClone() };
        using var instance = JsonDocument.Parse(value.ToJsonString());
        var result = JsonSchema.FromText(schema.ToJsonString()).Evaluate(instance.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(result.IsValid, $"{what}\nis not of the form {form.ToJsonString()}: {JsonSerializer.Serialize(result)}");
    }

    private static JsonNode Strict(JsonNode form)
    {
        var strict = JsonNode.Parse(form.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!;
        Close(strict);
        return strict;
    }

    private static void Close(JsonNode? form)
    {
        if (form is JsonArray all)
        {
            foreach (var one in all)
                Close(one);
        }
        else if (form is JsonObject fields)
        {
            foreach (var (_, field) in fields.ToArray())
                Close(field);
            if (fields.ContainsKey("properties") && fields["properties"] is JsonObject)
                fields["additionalProperties"] = false;
        }
    }
}

/// <summary>One operation of the document.</summary>
internal sealed record ServedOperation(string Path, string Method, JsonObject Json)
{
    public string Id => (string)Json["operationId"]!;

    public IReadOnlyDictionary<string, JsonObject> Answers => Json["responses"]!.AsObject().ToDictionary(answer => answer.Key, answer => answer.Value!.AsObject());

    public IEnumerable<string> Tags => Json["tags"]!.AsArray().Select(tag => (string)tag!);

    /// <summary>Of all answers.</summary>
    public IEnumerable<KeyValuePair<string, JsonNode?>> Headers => Answers.Values.SelectMany(answer => answer["headers"]?.AsObject() ?? []);

    /// <summary>Bodies, of the request and of answers.</summary>
    public IEnumerable<JsonObject> Contents =>
        Answers.Values.Append(Json["requestBody"]?.AsObject()).SelectMany(message => message?["content"]?.AsObject() ?? []).Select(content => content.Value!.AsObject());
}
