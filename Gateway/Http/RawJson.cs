using System.Buffers;

namespace SecKill.Gateway.Http;

/// <summary>Writes JSON that is serialized already.</summary>
internal static class RawJson
{
    private const string ContentType = "application/json; charset=utf-8";

    /// <summary>The usual answer on success.</summary>
    public static ReadOnlySpan<byte> Success => """{"errMsg":""}"""u8;

    /// <summary>Writes an answer into the response's buffer, which the server flushes when the handler has returned.</summary>
    public static void Write(HttpResponse response, int status, ReadOnlySpan<byte> json)
    {
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        response.BodyWriter.Write(json);
    }
}
