using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace SecKill.Gateway.Docs;

/// <summary>
/// The scripts of the API page: megabytes, served without authentication. Scalar 2.19 holds them compressed and inflates them for each
/// client that does not accept gzip; this inflates them once.
/// </summary>
internal static class DocsScripts
{
    private static readonly string[] _names = ["scalar.js", "scalar.aspnetcore.js"];

    /// <summary>Maps them in front of the library's own routes.</summary>
    public static void MapDocsScripts(this IEndpointRouteBuilder routes, string folder)
    {
        var files = new EmbeddedFileProvider(typeof(ScalarOptions).Assembly, "ScalarStaticAssets");
        foreach (var name in _names)
        {
            var zipped = new Lazy<byte[]>(() => ReadAll(files.GetFileInfo(name).CreateReadStream()));
            var plain = new Lazy<byte[]>(() => ReadAll(new GZipStream(new MemoryStream(zipped.Value, writable: false), CompressionMode.Decompress)));
            routes.MapGet($"{folder}/{name}", (HttpContext context) => Answer(context, zipped, plain)).WithOrder(-1).ExcludeFromDescription();
        }
    }

    /// <summary>A stream, so that a slow client has a buffer in memory and not the whole script.</summary>
    public static IResult Bytes(HttpContext context, byte[] bytes, string type)
    {
        // Cached, and revalidated at each visit.
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Stream(new MemoryStream(bytes, writable: false), type, entityTag: new EntityTagHeaderValue($"\"{XxHash3.HashToUInt64(bytes):x16}\""));
    }

    private static IResult Answer(HttpContext context, Lazy<byte[]> zipped, Lazy<byte[]> plain)
    {
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var isZipped = context.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == "gzip" && coding.Quality is not 0);
        if (isZipped)
            context.Response.Headers.ContentEncoding = "gzip";
        return Bytes(context, (isZipped ? zipped : plain).Value, "text/javascript; charset=utf-8");
    }

    private static byte[] ReadAll(Stream stream)
    {
        using (stream)
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}
