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
            var script = new Lazy<Script>(() => Script.Read(files.GetFileInfo(name)));
            routes.MapGet($"{folder}/{name}", (HttpContext context) => Answer(context, script.Value)).WithOrder(-1).ExcludeFromDescription();
        }
    }

    /// <summary>A stream, so that a slow client has a buffer in memory and not the whole script.</summary>
    public static IResult Bytes(HttpContext context, byte[] bytes, string type)
    {
        // Cached, and revalidated at each visit.
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Stream(new MemoryStream(bytes, writable: false), type, entityTag: new EntityTagHeaderValue($"\"{XxHash3.HashToUInt64(bytes):x16}\""));
    }

    private static IResult Answer(HttpContext context, Script script)
    {
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var isZipped = context.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == "gzip" && coding.Quality is not 0);
        if (isZipped)
            context.Response.Headers.ContentEncoding = "gzip";
        return Bytes(context, isZipped ? script.Zipped : script.Plain.Value, "text/javascript; charset=utf-8");
    }

    private sealed record Script(byte[] Zipped, Lazy<byte[]> Plain)
    {
        public static Script Read(IFileInfo file)
        {
            using var stream = file.CreateReadStream();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var zipped = bytes.ToArray();
            return new Script(zipped, new Lazy<byte[]>(() => Inflate(zipped)));
        }

        private static byte[] Inflate(byte[] zipped)
        {
            using var inflated = new MemoryStream();
            using var stream = new GZipStream(new MemoryStream(zipped, writable: false), CompressionMode.Decompress);
            stream.CopyTo(inflated);
            return inflated.ToArray();
        }
    }
}
