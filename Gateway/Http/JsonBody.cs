using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Metadata;

namespace SecKill.Gateway.Http;

/// <summary>A request body, read when the handler asks for it: after all that is checked without it.</summary>
/// <typeparam name="T">Its form.</typeparam>
internal readonly struct JsonBody<T>(HttpRequest request) : IEndpointParameterMetadataProvider where T : class, IBodyForm
{
    /// <summary>Bound by minimal APIs for a parameter of this type.</summary>
    public static ValueTask<JsonBody<T>> BindAsync(HttpContext context) => ValueTask.FromResult(new JsonBody<T>(context.Request));

    /// <summary>Reads it.</summary>
    /// <returns>Null for a body of another form: the answer is then <see cref="IBodyForm.Refusal"/>.</returns>
    /// <exception cref="BadHttpRequestException">413: the body is too large.</exception>
    public async Task<T?> ReadAsync() => JsonBody.Parse<T>(await JsonBody.ReadAsync(request, T.MaxBytes));

    /// <summary>As <see cref="ReadAsync"/>; an empty body is an object without members.</summary>
    public async Task<T?> ReadOptionalAsync() => JsonBody.Parse<T>(await JsonBody.ReadAsync(request, T.MaxBytes) is { Length: > 0 } body ? body : "{}"u8.ToArray());

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        // No content types, or a body that names another one would be refused.
        builder.Metadata.Add(new AcceptsMetadata([], typeof(T)));
        builder.Metadata.Add(new RequestExamples(T.Examples));
        builder.Metadata.Add(T.Refusal);
        builder.Metadata.Add(JsonBody.TooLarge(T.MaxBytes));
    }
}

/// <summary>
/// The form of a request body. The serializer checks the types of its members; their values the handlers, since the framework's texts, and
/// the order of its checks, are not the contract's.
/// </summary>
internal interface IBodyForm
{
    /// <summary>Examples for the OpenAPI document, by name.</summary>
    static abstract IReadOnlyDictionary<string, object> Examples { get; }

    /// <summary>The answer to a body of another form.</summary>
    static virtual Reply Refusal => JsonBody.Refusal;

    /// <summary>The largest body.</summary>
    static virtual int MaxBytes => JsonBody.MaxBytes;
}

/// <summary>Reads request bodies: small JSON objects.</summary>
internal static class JsonBody
{
    /// <summary>The contract's text for a body that is not JSON, or not of the expected form.</summary>
    public const string RefusalText = "Only receive JSON format.";

    /// <summary>The largest body that the server reads to its end, for its client to see the answer. Beyond it the connection is closed.</summary>
    public const int MaxDrainedBytes = 1024 * 1024;

    /// <summary>The largest body of most requests: many times what they need.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>400 for a body that is not JSON, or not of the expected form.</summary>
    public static readonly Reply Refusal = Reply.BadRequest(RefusalText);

    private static readonly JsonDocumentOptions _syntax = new()
    {
        MaxDepth = 8,
        // With two values for one member, readers disagree which one counts. The serializer would look at the members of the form alone.
        AllowDuplicateProperties = false,
    };

    private static readonly JsonSerializerOptions _form = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new WholeNumber() },
    };

    /// <summary>413 for a body that is larger than that.</summary>
    public static Reply TooLarge(int maxBytes) => Reply.With(StatusCodes.Status413PayloadTooLarge, TooLargeText(maxBytes));

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="BadHttpRequestException">413: the body is too large.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int maxBytes = MaxBytes)
    {
        var buffer = new byte[Math.Min(maxBytes, MaxBytes) + 1];
        try
        {
            var length = 0;
            while (true)
            {
                length += await request.Body.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
                if (length < buffer.Length)
                    return buffer.AsMemory(0, length);
                if (length > maxBytes)
                    throw new BadHttpRequestException(TooLargeText(maxBytes), StatusCodes.Status413PayloadTooLarge);
                // With what has come, not with what is allowed: many slow clients must not take much memory.
                Array.Resize(ref buffer, Math.Min(2 * length, maxBytes + 1));
            }
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // The server's exception for a chunk whose size overflows.
            throw new BadHttpRequestException("The body cannot be read.", exception);
        }
    }

    private static string TooLargeText(int maxBytes) => $"The body is too large: {maxBytes} bytes at most.";

    /// <summary>Reads an object of a form; null where the text is none.</summary>
    public static T? Parse<T>(ReadOnlyMemory<byte> utf8) where T : class
    {
        // Some clients begin with a byte order mark, which RFC 8259 lets a reader ignore.
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        try
        {
            using var document = JsonDocument.Parse(utf8, _syntax);
            return document.Deserialize<T>(_form);
        }
        // The latter for half a surrogate pair, which JSON can write but Unicode does not know.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A whole number in any notation; null for a fraction, a number out of the range of 64 bits, or no number.</summary>
    public static long? WholeNumberOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && long.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>
    /// Takes whole numbers in any notation: <c>20.0</c> and <c>2e1</c> are integers to JSON Schema. Null for a fraction, or a number out of
    /// the range of 32 bits.
    /// </summary>
    private sealed class WholeNumber : JsonConverter<int?>
    {
        public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.Number)
                throw new JsonException();
            return int.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
        }

        public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
