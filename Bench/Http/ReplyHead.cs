using System.Buffers.Text;
using System.Text;

namespace SecKill.Bench.Http;

/// <summary>How the body of a reply is delimited.</summary>
internal enum BodyEnd
{
    /// <summary>After <see cref="ReplyHead.ContentLength"/> bytes.</summary>
    Length,

    /// <summary>After the last chunk.</summary>
    Chunked,

    /// <summary>At the end of the connection.</summary>
    Close,
}

/// <summary>The head of a reply, read straight from the received bytes, without a string.</summary>
internal struct ReplyHead
{
    /// <summary>Bytes of the head, the empty line included.</summary>
    public int Length;

    /// <summary>The HTTP status.</summary>
    public int Status;

    public BodyEnd BodyEnd;

    /// <summary>Bytes of the body, where it is delimited so.</summary>
    public int ContentLength;

    /// <summary>The server will close the connection after this reply.</summary>
    public bool Closes;

    /// <summary>The value of <c>Claim-Result</c>.</summary>
    public ClaimResult Result;

    /// <summary>The value of <c>Return-Result</c>, <c>Waiting-Result</c> or <c>Redemption-Result</c>.</summary>
    public Refusal Refusal;

    /// <summary>The value of <c>Retry-After</c>; zero without one.</summary>
    public int RetryAfterSeconds;

    /// <summary>The value of <c>Claim-Starts-In</c>; zero without one.</summary>
    public long StartsInMilliseconds;

    /// <summary>Reads a head; false while it has not arrived entirely.</summary>
    /// <exception cref="TransportException">It is no HTTP/1.1.</exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out ReplyHead head)
    {
        head = new ReplyHead { BodyEnd = BodyEnd.Close };
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        head.Length = end + 4;
        var rest = received[..(end + 2)];
        if (!rest.StartsWith("HTTP/1."u8) || rest.Length < 14 || !Utf8Parser.TryParse(rest[9..12], out head.Status, out var digits) || digits != 3)
            throw new TransportException(TransportFault.Malformed, "The answer is no HTTP/1.1.");
        // A body-less status needs no length.
        if (head.Status is 204 or 304 or < 200)
            (head.BodyEnd, head.ContentLength) = (BodyEnd.Length, 0);
        for (rest = rest[(rest.IndexOf("\r\n"u8) + 2)..]; !rest.IsEmpty;)
        {
            var lineEnd = rest.IndexOf("\r\n"u8);
            var line = rest[..lineEnd];
            rest = rest[(lineEnd + 2)..];
            if (line.IndexOf((byte)':') is > 0 and var colon)
                head.ReadField(line[..colon], line[(colon + 1)..].Trim((byte)' '));
        }
        return true;
    }

    private void ReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // The length sorts nearly all fields out.
        switch (name.Length)
        {
            case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                Closes = Ascii.EqualsIgnoreCase(value, "close"u8);
                break;
            case 11 when Ascii.EqualsIgnoreCase(name, "Retry-After"u8):
                _ = Utf8Parser.TryParse(value, out RetryAfterSeconds, out _);
                break;
            case 12 when Ascii.EqualsIgnoreCase(name, "Claim-Result"u8):
                Result = ClaimResults.Read(value);
                break;
            case 13 when Ascii.EqualsIgnoreCase(name, "Return-Result"u8):
            case 14 when Ascii.EqualsIgnoreCase(name, "Waiting-Result"u8):
            case 17 when Ascii.EqualsIgnoreCase(name, "Redemption-Result"u8):
                Refusal = Refusals.Read(value);
                break;
            case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                if (!Utf8Parser.TryParse(value, out ContentLength, out _) || ContentLength < 0)
                    throw new TransportException(TransportFault.Malformed, "The answer's Content-Length is no length.");
                BodyEnd = BodyEnd.Length;
                break;
            case 15 when Ascii.EqualsIgnoreCase(name, "Claim-Starts-In"u8):
                _ = Utf8Parser.TryParse(value, out StartsInMilliseconds, out _);
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                BodyEnd = BodyEnd.Chunked;
                break;
        }
    }
}
