using System.Net.Sockets;
using System.Security.Authentication;

namespace SecKill.Bench.Http;

/// <summary>Why a request has no answer; its claim is undecided.</summary>
internal enum TransportFault
{
    /// <summary>The connection was not accepted.</summary>
    Refused,

    /// <summary>The connection was broken off.</summary>
    Reset,

    /// <summary>The server closed the connection before it had answered.</summary>
    Closed,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>The answer is no HTTP/1.1, or larger than this client takes.</summary>
    Malformed,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>A request failed without an answer; the connection is unusable.</summary>
internal sealed class TransportException(TransportFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public TransportFault Fault => fault;

    /// <summary>Whether an exception of the network's is one of these.</summary>
    public static bool Covers(Exception error) => error is SocketException or IOException or ObjectDisposedException or AuthenticationException;

    /// <summary>An exception of the network's as one of these.</summary>
    public static TransportException Of(Exception error)
    {
        var fault = (error as SocketException ?? error.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => TransportFault.Refused,
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => TransportFault.Reset,
            SocketError.TimedOut => TransportFault.Timeout,
            _ => TransportFault.Other,
        };
        return new TransportException(fault, error.Message, error);
    }
}
