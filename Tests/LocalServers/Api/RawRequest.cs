using System.Globalization;

namespace SecKill.Tests.LocalServers.Api;

/// <summary>Requests that HTTP clients do not send.</summary>
public static class RawRequest
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    /// <summary>Sends a request without a body and gives the status of the answer.</summary>
    /// <param name="authorization">The header's value, a byte a character.</param>
    public static async Task<int> StatusAsync(Uri gateway, string request, string authorization)
    {
        var answer = await AnswersAsync(
            gateway, $"{request} HTTP/1.1\r\nHost: somewhere\r\nContent-Length: 0\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n");
        return Statuses(answer)[0];
    }

    /// <summary>Sends bytes, a character each, and gives all that was answered until the server has closed the connection.</summary>
    public static async Task<string> AnswersAsync(Uri gateway, string bytes)
    {
        using var connection = await OpenAsync(gateway, bytes);
        return await ReadToEndAsync(connection);
    }

    /// <summary>Opens a connection, sends bytes and leaves it open.</summary>
    public static async Task<Socket> OpenAsync(Uri gateway, string bytes)
    {
        var connection = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await connection.ConnectAsync(IPAddress.Parse(gateway.Host), gateway.Port);
        try
        {
            for (var rest = Encoding.Latin1.GetBytes(bytes).AsMemory(); rest.Length > 0;)
                rest = rest[await connection.SendAsync(rest)..];
        }
        catch (SocketException)
        {
            // Closed by the server while we were still sending: then there may be an answer to read, or none.
        }
        return connection;
    }

    /// <summary>All that comes until the server has closed the connection.</summary>
    public static async Task<string> ReadToEndAsync(Socket connection)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(_timeout);
        try
        {
            while (await connection.ReceiveAsync(buffer, limit.Token) is > 0 and var read)
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Closed hard, since there was something unread.
        }
        return answer.ToString();
    }

    /// <summary>The statuses of the answers on one connection.</summary>
    public static IReadOnlyList<int> Statuses(string answers) =>
        [.. answers.Split("HTTP/1.1 ").Skip(1).Select(answer => int.Parse(answer.AsSpan(0, 3), CultureInfo.InvariantCulture))];
}
