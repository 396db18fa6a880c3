using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SecKill.Tests.Api;

/// <summary>Requests that no HTTP client would send.</summary>
internal static class RawRequest
{
    /// <summary>Sends a request without a body and gives the status of the answer.</summary>
    /// <param name="gateway">Whom to ask.</param>
    /// <param name="request">Method and target.</param>
    /// <param name="authorization">The header's value, a byte a character.</param>
    public static async Task<int> StatusAsync(Uri gateway, string request, string authorization)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host, gateway.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"{request} HTTP/1.1\r\nHost: somewhere\r\nContent-Length: 0\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        // "HTTP/1.1 401 Unauthorized"
        return int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }
}
