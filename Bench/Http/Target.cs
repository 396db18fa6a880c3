using System.Net;
using System.Net.Sockets;

namespace SecKill.Bench.Http;

/// <summary>A gateway to drive: where to connect, and what to say in <c>Host</c>.</summary>
internal sealed class Target
{
    private Target(Uri url) => Url = url;

    /// <summary>As given, without a slash at the end.</summary>
    public Uri Url { get; }

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsTls => Url.Scheme == Uri.UriSchemeHttps;

    /// <summary>The value of the header <c>Host</c>.</summary>
    public string Host => Url.IsDefaultPort ? Url.IdnHost : $"{Url.IdnHost}:{Url.Port}";

    /// <summary>The prefix of <c>/api</c> in every path; usually empty.</summary>
    public string BasePath => Url.AbsolutePath.TrimEnd('/');

    /// <summary>The address, looked up once so that ten thousand connections do not ask the resolver.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Reads a URL such as <c>http://localhost:20080</c>.</summary>
    /// <exception cref="BenchException">Not a URL, or neither http nor https.</exception>
    public static Target Parse(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
            ? new Target(parsed)
            : throw new BenchException($"'{url}' is no URL of a gateway. Give one such as http://localhost:20080.");

    /// <summary>Resolves the address and checks that a server listens there.</summary>
    /// <exception cref="BenchException">No server listens.</exception>
    public async Task FindAsync(CancellationToken stop)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new DnsEndPoint(Url.DnsSafeHost, Url.Port), stop).AsTask().WaitAsync(TimeSpan.FromSeconds(10), stop);
            var found = (IPEndPoint)socket.RemoteEndPoint!;
            EndPoint = found.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(found.Address.MapToIPv4(), found.Port) : found;
        }
        catch (Exception fault) when (fault is SocketException or TimeoutException)
        {
            throw new BenchException($"Cannot connect to {Url}: {fault.Message}. Is the server running?");
        }
    }

    public override string ToString() => Url.OriginalString;
}
