using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SecKill.Bench.Http;

/// <summary>
/// A keep-alive connection with one request in flight: a minimal HTTP/1.1 client, as HttpClient costs more than the server it would
/// measure. Not thread-safe, except <see cref="Abort"/>.
/// </summary>
internal sealed class HttpConnection(Target target) : IDisposable
{
    private const int FirstBuffer = 4 * 1024;
    private const int LargestReply = 4 * 1024 * 1024;

    private byte[] _buffer = [];
    private int _received;
    private volatile Socket? _socket;
    private Stream? _stream;

    /// <summary>Its target, from its next opening on.</summary>
    public Target Target { get; set; } = target;

    /// <summary>Whether a request can be sent.</summary>
    public bool IsOpen => _stream is not null;

    /// <summary>Whether the server has closed the idle connection; costs a system call.</summary>
    public bool IsClosedByServer => IsOpen && _socket is { } socket && socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Connects.</summary>
    /// <exception cref="TransportException">It failed.</exception>
    public async Task OpenAsync(CancellationToken stop)
    {
        Close();
        var socket = new Socket(Target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            _socket = socket;
            await socket.ConnectAsync(Target.EndPoint, stop);
            _stream = new NetworkStream(socket, ownsSocket: true);
            if (Target.IsTls)
            {
                var tls = new SslStream(_stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = Target.Url.IdnHost }, stop);
                _stream = tls;
            }
            if (_buffer.Length == 0)
                _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        }
        catch (Exception error) when (TransportException.Covers(error))
        {
            socket.Dispose();
            _stream = null;
            throw TransportException.Of(error);
        }
    }

    /// <summary>Sends a request and reads its reply. When the server said it would close the connection, it is closed afterwards.</summary>
    /// <exception cref="TransportException">There is no reply; the connection is closed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpReply> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        var stream = _stream ?? throw new TransportException(TransportFault.Closed, "The connection is closed.");
        try
        {
            _received = 0;
            await stream.WriteAsync(request);
            while (true)
            {
                var length = await stream.ReadAsync(_buffer.AsMemory(_received));
                _received += length;
                if (TryReadReply(isEnd: length == 0, out var reply))
                    return reply;
                if (length == 0)
                    throw new TransportException(TransportFault.Closed, "The server closed the connection before it had answered.");
                MakeRoom();
            }
        }
        catch (Exception error) when (TransportException.Covers(error))
        {
            Close();
            throw TransportException.Of(error);
        }
        catch (TransportException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Aborts the exchange in progress. Thread-safe.</summary>
    public void Abort() => _socket?.Dispose();

    public void Dispose()
    {
        Close();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private bool TryReadReply(bool isEnd, out HttpReply reply)
    {
        reply = default;
        ReplyHead head;
        while (true)
        {
            if (!ReplyHead.TryRead(_buffer.AsSpan(0, _received), out head))
                return false;
            if (head.Status >= 200)
                break;
            // An interim reply; the final one follows.
            _received -= head.Length;
            _buffer.AsSpan(head.Length, _received).CopyTo(_buffer);
        }

        var body = _buffer.AsMemory(head.Length, _received - head.Length);
        switch (head.BodyEnd)
        {
            case BodyEnd.Length when body.Length < head.ContentLength:
                return false;
            case BodyEnd.Length:
                body = body[..head.ContentLength];
                break;
            case BodyEnd.Chunked:
                if (!Chunks.TryJoin(body.Span, out var length))
                    return false;
                body = body[..length];
                break;
            default:
                if (!isEnd)
                    return false;
                break;
        }
        if (head.Closes || head.BodyEnd == BodyEnd.Close)
            Close();
        reply = new HttpReply(head.Status, head.Result, head.RetryAfterSeconds, body, head.StartsInMilliseconds, head.Refusal);
        return true;
    }

    private void MakeRoom()
    {
        if (_received < _buffer.Length)
            return;
        if (_buffer.Length >= LargestReply)
            throw new TransportException(TransportFault.Malformed, $"The answer is larger than {LargestReply} bytes.");
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _received).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
