using System.Buffers;

namespace SecKill.Gateway.Http;

/// <summary>Writes a JSON value a line.</summary>
internal sealed class Ndjson(IBufferWriter<byte> output) : IDisposable
{
    public const string ContentType = "application/x-ndjson";

    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = AnswerJson.Options.Encoder, SkipValidation = true });

    /// <summary>Writes a line.</summary>
    public void Line<T>(T value)
    {
        JsonSerializer.Serialize(_json, value, AnswerJson.Options);
        _json.Flush();
        _json.Reset();
        output.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();
}
