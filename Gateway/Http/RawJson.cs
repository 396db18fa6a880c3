using System.Buffers;

namespace SecKill.Gateway.Http;

/// <summary>JSON that is written already, for the answers that are given by the thousand.</summary>
internal static class RawJson
{
    private const string ContentType = "application/json; charset=utf-8";

    /// <summary>The usual answer of success.</summary>
    public static ReadOnlySpan<byte> Success => """{"errMsg":""}"""u8;

    /// <summary>Puts an answer into the response's buffer; the server sends it when the request's handler has returned.</summary>
    public static void Write(HttpResponse response, int status, ReadOnlySpan<byte> json)
    {
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        response.BodyWriter.Write(json);
    }
}
