using System.Text;

namespace SecKill.Tests.Api;

/// <summary>The one HTTP client of the tests: it adds nothing to a request and hides nothing of an answer.</summary>
internal static class Loopback
{
    public static HttpClient Http { get; } = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        // Hostile header values must reach the server, not an exception of the client.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    })
    {
        // Whoever asks has a limit of his own.
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
    };

    /// <summary>A path goes out as it is written: Uri would otherwise decode %2E and drop dot segments.</summary>
    public static Uri Exactly(Uri gateway, string path) =>
        new(gateway.OriginalString + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
