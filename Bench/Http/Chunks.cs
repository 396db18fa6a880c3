using System.Buffers.Text;

namespace SecKill.Bench.Http;

/// <summary>The chunked transfer coding.</summary>
internal static class Chunks
{
    /// <summary>
    /// Moves the data of all chunks together to the front of <paramref name="received"/>. False, and nothing is moved, while
    /// the last chunk has not arrived.
    /// </summary>
    /// <exception cref="TransportException">These are no chunks.</exception>
    public static bool TryJoin(Span<byte> received, out int length)
    {
        length = 0;
        if (!TryWalk(received, join: false, ref length))
            return false;
        length = 0;
        return TryWalk(received, join: true, ref length);
    }

    private static bool TryWalk(Span<byte> received, bool join, ref int length)
    {
        for (var rest = received; ;)
        {
            var lineEnd = rest.IndexOf("\r\n"u8);
            if (lineEnd < 0)
                return false;
            if (!Utf8Parser.TryParse(rest[..lineEnd], out int size, out _, 'x') || size < 0)
                throw new TransportException(TransportFault.Malformed, "The answer's chunks have no size.");
            rest = rest[(lineEnd + 2)..];
            if (size == 0)
                // Trailers, if any, end with an empty line as well.
                return rest.StartsWith("\r\n"u8) || rest.IndexOf("\r\n\r\n"u8) >= 0;
            if (rest.Length < size + 2)
                return false;
            if (join)
                rest[..size].CopyTo(received[length..]);
            length += size;
            rest = rest[(size + 2)..];
        }
    }
}
