using System.Text;
using System.Text.Json;

namespace SecKill.Bench.Http;

/// <summary>The header <c>Claim-Result</c>: its documented words, none, or another word.</summary>
internal enum ClaimResult : byte
{
    None,
    Claimed,
    SoldOut,
    AlreadyClaimed,
    NoSuchCoupon,
    NotStarted,
    Ended,
    Paused,
    Returned,
    Waiting,
    Other,
}

/// <summary>The words of <see cref="ClaimResult"/>.</summary>
internal static class ClaimResults
{
    private static readonly string[] _words = [.. Enum.GetNames<ClaimResult>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
    private static readonly byte[][] _header = [.. _words.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The word of the header.</summary>
    public static string Word(this ClaimResult result) => _words[(int)result];

    /// <summary>Reads the header.</summary>
    public static ClaimResult Read(ReadOnlySpan<byte> word)
    {
        for (var result = ClaimResult.Claimed; result < ClaimResult.Other; result++)
        {
            if (word.SequenceEqual(_header[(int)result]))
                return result;
        }
        return ClaimResult.Other;
    }
}

/// <summary>
/// Why something else than a claim was refused: the words of <c>Return-Result</c>, <c>Waiting-Result</c> and <c>Redemption-Result</c>, none, or
/// another word.
/// </summary>
internal enum Refusal : byte
{
    None,
    Returned,
    Redeemed,
    NoReturns,
    TooLate,
    Undone,
    AlreadyClaimed,
    Full,
    NotSoldOut,
    Ended,
    NoWaitlist,
    Other,
}

/// <summary>The words of <see cref="Refusal"/>.</summary>
internal static class Refusals
{
    private static readonly string[] _words = [.. Enum.GetNames<Refusal>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>The word of the header.</summary>
    public static string Word(this Refusal refusal) => _words[(int)refusal];

    /// <summary>Reads the header.</summary>
    public static Refusal Read(ReadOnlySpan<byte> word)
    {
        var read = Array.IndexOf(_words, Encoding.ASCII.GetString(word));
        return read > 0 ? (Refusal)read : Refusal.Other;
    }
}

/// <summary>The reply to a request, as much of it as is of interest to a load test.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Result">A claim's result.</param>
/// <param name="RetryAfterSeconds">Zero without that header.</param>
/// <param name="Body">Decoded; valid until the connection's next request.</param>
/// <param name="StartsInMilliseconds">How long it is until the start of the sale; zero without that header.</param>
/// <param name="Refusal">Why something else than a claim was refused.</param>
internal readonly record struct HttpReply(
    int Status, ClaimResult Result, int RetryAfterSeconds, ReadOnlyMemory<byte> Body, long StartsInMilliseconds = 0, Refusal Refusal = Refusal.None);
