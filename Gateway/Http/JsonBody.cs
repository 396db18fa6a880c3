using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;

namespace SecKill.Gateway.Http;

/// <summary>Reads request bodies: small JSON objects or nothing.</summary>
internal static class JsonBody
{
    /// <summary>The contract's text for a body that is not JSON, or not of the expected shape.</summary>
    public const string Refusal = "Only receive JSON format.";

    /// <summary>The largest body, in bytes: many times what any request here needs.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>The largest body that is read to its end all the same, for its client to see the answer. Beyond it the connection is closed.</summary>
    public const int MaxDrainedBytes = 1024 * 1024;

    private static readonly TimeSpan _drainTime = TimeSpan.FromSeconds(2);

    private static readonly JsonDocumentOptions _options = new()
    {
        MaxDepth = 8,
        // Two values for one field: whichever we took, somebody would be surprised.
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads the body as one JSON object.</summary>
    /// <returns>The object, or null where the body is none.</returns>
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
                throw new BadHttpRequestException($"The body is too large: {MaxBytes} bytes at most.", StatusCodes.Status413PayloadTooLarge);
            }
            // Some clients begin with a byte order mark, which RFC 8259 lets a reader ignore.
            var body = buffer.AsMemory(0, length);
            return Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body);
        }
        catch (IOException fault) when (fault is not (BadHttpRequestException or ConnectionResetException))
        {
            // The server's word for a chunk whose size is beyond all numbers.
            throw new BadHttpRequestException("The body cannot be read.", fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A field as text.</summary>
    /// <returns>False where it is there but is no valid text; null is none.</returns>
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

    /// <summary>A field as a whole number, also where it is written as <c>20.0</c> or <c>2e1</c>.</summary>
    /// <returns>False where it is there but is no number at all.</returns>
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
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads on for a moment, so that a client that is still sending gets to see the answer.</summary>
    private static async Task DrainAsync(HttpRequest request, byte[] buffer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(_drainTime);
        try
        {
            while (await request.Body.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
        }
    }
}
