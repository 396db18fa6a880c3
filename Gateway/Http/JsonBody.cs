using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Metadata;
using SecKill.Gateway.Docs;

namespace SecKill.Gateway.Http;

/// <summary>A request body, read when the handler asks for it: after all that is checked without it.</summary>
/// <typeparam name="T">Its form.</typeparam>
internal readonly struct JsonBody<T>(HttpRequest request) : IEndpointParameterMetadataProvider where T : class, IBodyForm<T>
{
    /// <summary>Bound by minimal APIs for a parameter of this type.</summary>
    public static ValueTask<JsonBody<T>> BindAsync(HttpContext context) => ValueTask.FromResult(new JsonBody<T>(context.Request));

    /// <summary>Reads it.</summary>
    /// <returns>Null for a body of another form: the answer is then <see cref="IBodyForm{T}.Refusal"/>.</returns>
    /// <exception cref="BadHttpRequestException">413: the body is too large.</exception>
    public async Task<T?> ReadAsync() => await JsonBody.ReadObjectAsync(request) is { } json ? T.Read(json) : null;

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        // No content types, or a body that names another one would be refused.
        builder.Metadata.Add(new AcceptsMetadata([], typeof(T)));
        builder.Metadata.Add(new RequestExamples(T.Examples.ToDictionary(example => example.Key, object (example) => example.Value)));
        builder.Metadata.Add(T.Refusal);
        builder.Metadata.Add(JsonBody.TooLarge);
    }
}

/// <summary>The form of a request body. Not validated by the framework: its texts, and the order of its checks, are not the contract's.</summary>
internal interface IBodyForm<TSelf> where TSelf : class, IBodyForm<TSelf>
{
    /// <summary>Examples for the OpenAPI document, by name.</summary>
    static abstract IReadOnlyDictionary<string, TSelf> Examples { get; }

    /// <summary>The answer to a body of another form.</summary>
    static virtual Reply Refusal => JsonBody.Refusal;

    /// <summary>Reads the fields, which may be missing or out of range; null where one is of another type.</summary>
    static abstract TSelf? Read(JsonElement body);
}

/// <summary>Reads request bodies: small JSON objects.</summary>
internal static class JsonBody
{
    /// <summary>The contract's text for a body that is not JSON, or not of the expected form.</summary>
    public const string RefusalText = "Only receive JSON format.";

    /// <summary>The largest body that is read to its end, for its client to see the answer. Beyond it the connection is closed.</summary>
    public const int MaxDrainedBytes = 1024 * 1024;

    // Many times what any request here needs.
    private const int MaxBytes = 16 * 1024;

    /// <summary>400 for a body that is not JSON, or not of the expected form.</summary>
    public static readonly Reply Refusal = Reply.BadRequest(RefusalText);

    private static readonly string _tooLarge = $"The body is too large: {MaxBytes} bytes at most.";

    /// <summary>413.</summary>
    public static readonly Reply TooLarge = Reply.With(StatusCodes.Status413PayloadTooLarge, _tooLarge);

    private static readonly TimeSpan _drainTime = TimeSpan.FromSeconds(2);

    private static readonly JsonDocumentOptions _options = new()
    {
        MaxDepth = 8,
        // With two values for one field, readers disagree which one counts.
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads the body as one JSON object; null where it is none.</summary>
    /// <exception cref="BadHttpRequestException">413: the body is too large.</exception>
    public static async Task<JsonElement?> ReadObjectAsync(HttpRequest request)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes + 1);
        try
        {
            var length = 0;
            while (length <= MaxBytes && await request.Body.ReadAsync(buffer.AsMemory(length, MaxBytes + 1 - length), request.HttpContext.RequestAborted) is > 0 and var read)
                length += read;
            if (length > MaxBytes)
            {
                await DrainAsync(request, buffer);
                throw new BadHttpRequestException(_tooLarge, StatusCodes.Status413PayloadTooLarge);
            }
            // Some clients begin with a byte order mark, which RFC 8259 lets a reader ignore.
            var body = buffer.AsMemory(0, length);
            return Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // The server's exception for a chunk whose size overflows.
            throw new BadHttpRequestException("The body cannot be read.", exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A field as text.</summary>
    /// <returns>False for a field that is no valid text; null is none.</returns>
    /// <param name="body">The object.</param>
    /// <param name="name">The field.</param>
    /// <param name="text">Null where the field is missing.</param>
    public static bool TryGetText(this JsonElement body, string name, out string? text)
    {
        text = null;
        if (!body.TryGetProperty(name, out var field))
            return true;
        if (field.ValueKind != JsonValueKind.String)
            return false;
        try
        {
            text = field.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON can write but Unicode does not know.
            return false;
        }
    }

    /// <summary>A field as a whole number, also if written as <c>20.0</c> or <c>2e1</c>.</summary>
    /// <returns>False for a field that is no number.</returns>
    /// <param name="body">The object.</param>
    /// <param name="name">The field.</param>
    /// <param name="number">Null where it is missing, a fraction, or out of the range of 32 bits.</param>
    public static bool TryGetNumber(this JsonElement body, string name, out int? number)
    {
        number = null;
        if (!body.TryGetProperty(name, out var field) || field.ValueKind == JsonValueKind.Null)
            return true;
        if (field.ValueKind != JsonValueKind.Number)
            return false;
        number = field.TryGetInt32(out var value) ? value : JsonNumber.AsInt32(field.GetRawText());
        return true;
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, _options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads on for a moment, so that a client that is still sending sees the answer.</summary>
    private static async Task DrainAsync(HttpRequest request, byte[] buffer)
    {
        using var timeout = new CancellationTokenSource(_drainTime, request.HttpContext.RequestServices.GetRequiredService<TimeProvider>());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted, timeout.Token);
        try
        {
            while (await request.Body.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
        }
    }
}
