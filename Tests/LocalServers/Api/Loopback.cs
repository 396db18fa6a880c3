namespace SecKill.Tests.LocalServers.Api;

/// <summary>The tests' HTTP client: adds nothing to requests and hides nothing of answers.</summary>
public static class Loopback
{
    public static HttpClient Http { get; } = new(Handler()) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>A client with another address of loopback, which on Linux is all of 127.0.0.0/8.</summary>
    public static HttpClient From(string address)
    {
        var handler = Handler();
        handler.ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
    }

    private static SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        // Hostile header values must reach the server, not an exception of the client.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    };

    /// <summary>A path goes out as it is written: Uri would otherwise decode %2E and drop dot segments.</summary>
    public static Uri Exactly(Uri gateway, string path) =>
        new(gateway.OriginalString + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
