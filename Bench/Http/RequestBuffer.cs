using System.Text;

namespace SecKill.Bench.Http;

/// <summary>The bytes of one request, made again and again in the same memory: a head that is known beforehand, then a token.</summary>
internal sealed class RequestBuffer
{
    private static readonly byte[] _end = "\r\n\r\n"u8.ToArray();
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Everything that comes before a token: <c>PATCH … Authorization: </c>.</summary>
    public static byte[] HeadOf(Target target, string method, string path) => Encoding.ASCII.GetBytes(
        $"{method} {target.BasePath}{path} HTTP/1.1\r\nHost: {target.Host}\r\n{(method == "GET" ? "" : "Content-Length: 0\r\n")}Authorization: ");

    /// <summary>The same with a body of JSON, which <see cref="Add"/> adds after the token, and a key by which a repeat is known.</summary>
    /// <param name="length">The body's length.</param>
    public static byte[] HeadOf(Target target, string path, int length, string key) => Encoding.ASCII.GetBytes(
        $"POST {target.BasePath}{path} HTTP/1.1\r\nHost: {target.Host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nIdempotency-Key: {key}\r\nAuthorization: ");

    /// <summary>Begins anew, with a prebuilt head.</summary>
    public void Begin(ReadOnlySpan<byte> head)
    {
        _length = 0;
        head.CopyTo(Room(head.Length));
        _length = head.Length;
    }

    /// <summary>Adds the token and what ends the request.</summary>
    public void End(ReadOnlySpan<byte> token)
    {
        token.CopyTo(Room(token.Length + _end.Length));
        End(token.Length);
    }

    /// <summary>Adds the body, after the token.</summary>
    public void Add(ReadOnlySpan<byte> body)
    {
        body.CopyTo(Room(body.Length));
        _length += body.Length;
    }

    /// <summary>Where a token of at most this length may be written; <see cref="End(int)"/> ends the request after it.</summary>
    public Span<byte> TokenRoom(int length) => Room(length + _end.Length)[..length];

    /// <summary>A place in the request, to overwrite it.</summary>
    public Span<byte> At(int index) => _bytes.AsSpan(index, _length - index);

    /// <summary>Ends the request after a token that was written into <see cref="TokenRoom"/>.</summary>
    public void End(int tokenLength)
    {
        _length += tokenLength;
        _end.CopyTo(_bytes, _length);
        _length += _end.Length;
    }

    private Span<byte> Room(int length)
    {
        if (_bytes.Length < _length + length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        return _bytes.AsSpan(_length);
    }
}
