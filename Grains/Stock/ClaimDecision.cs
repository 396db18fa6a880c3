namespace SecKill.Grains.Stock;

/// <summary>What claim.lua decided.</summary>
/// <param name="State">Unless verified, nothing was decided.</param>
/// <param name="Outcomes">One per claimant.</param>
/// <param name="Left">Units left afterwards.</param>
/// <param name="FirstPosition">The outbox position of the first winner: how many claims have ever entered the outbox before.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="Epoch">The coupon's epoch.</param>
/// <param name="IsListed">Whether the script wrote the owners' lists; else the caller must.</param>
/// <param name="Terms">What it says of the sale's terms; null for a coupon that uses no features.</param>
internal readonly record struct ClaimDecision(
    StockState State, ClaimOutcome[] Outcomes, int Left, long FirstPosition, long Micros, long Epoch, bool IsListed, DecidedTerms? Terms = null)
{
    /// <summary>How many claimants won a unit.</summary>
    public int Winners => Outcomes.AsSpan().Count(ClaimOutcome.Claimed);

    /// <summary>What all hear who own nothing; null while units can be won.</summary>
    public ClaimOutcome? Refusal => Terms is null ? Left == 0 ? ClaimOutcome.SoldOut : null : Terms.Refusal;

    /// <summary>The state of the stock after it.</summary>
    public FilterStamp Stamp => new(Epoch, FirstPosition + Winners, Terms?.Line?.Joins ?? 0);

    /// <summary>The places in line of the claimants who wait; null where none does.</summary>
    public long[]? Places => Terms?.Line?.Places is { Length: > 0 } places ? places : null;

    /// <summary>Who was served from the waiting list by the same script, before the claims were judged.</summary>
    public string[] Served => Terms?.Line?.Served ?? [];

    /// <summary>The same as a decision about those who were served.</summary>
    public ClaimDecision OfServed() => Of(Served, FirstPosition - Served.Length, Micros, Epoch, Left);

    /// <summary>What serve.lua did, as a decision about those who were served.</summary>
    public static ClaimDecision Of(in ServedUnits served) => Of(served.Users, served.FirstPosition, served.Micros, served.Epoch, served.Left);

    /// <summary>What another script says of owners, as a decision about claims of theirs.</summary>
    public static ClaimDecision OfOwners(int count, long positions, long micros, long epoch)
    {
        var outcomes = new ClaimOutcome[count];
        Array.Fill(outcomes, ClaimOutcome.AlreadyClaimed);
        return new ClaimDecision(StockState.Verified, outcomes, 0, positions, micros, epoch, IsListed: false);
    }

    private static ClaimDecision Of(string[] users, long position, long micros, long epoch, int left)
    {
        var outcomes = new ClaimOutcome[users.Length];
        Array.Fill(outcomes, ClaimOutcome.Claimed);
        return new ClaimDecision(StockState.Verified, outcomes, left, position, micros, epoch, IsListed: false);
    }

    /// <summary>The outcomes where none may be confirmed as an owner.</summary>
    public ClaimOutcome[] WithoutOwners =>
        Array.ConvertAll(Outcomes, outcome => outcome is ClaimOutcome.Claimed or ClaimOutcome.AlreadyClaimed ? ClaimOutcome.Undecided : outcome);

    /// <summary>Reads the script's reply.</summary>
    public static ClaimDecision Parse(RedisResult[] reply, bool isListed)
    {
        var state = (StockState)(int)reply[0];
        if (state != StockState.Verified)
            return new ClaimDecision(state, [], 0, 0, 0, 0, false);
        var characters = (string)reply[4]!;
        var outcomes = new ClaimOutcome[characters.Length];
        for (var i = 0; i < characters.Length; i++)
            outcomes[i] = (ClaimOutcome)(characters[i] - '0');
        return new ClaimDecision(
            state, outcomes, (int)reply[1], (long)reply[2], CouponStock.Number(reply[3]), CouponStock.Number(reply[5]), isListed,
            reply.Length > DecidedTerms.First ? DecidedTerms.Parse(reply) : null);
    }
}

/// <summary>What claim.lua says of a coupon that uses features.</summary>
/// <param name="Version">The version of the terms that it was decided under.</param>
/// <param name="Refusal">What all hear who own nothing; null while units can be won, and while a refusal must not be passed on.</param>
/// <param name="StartsIn">How long it is until the start; null where it has begun.</param>
/// <param name="Latches">The edges of the window that the stock has seen.</param>
/// <param name="EndsIn">How long it is until the end; null where there is none, or it has ended.</param>
/// <param name="Line">What it says of the waiting list; null for a coupon that has none.</param>
internal sealed record DecidedTerms(
    long Version, ClaimOutcome? Refusal, TimeSpan? StartsIn, WindowLatches Latches, TimeSpan? EndsIn = null, DecidedLine? Line = null)
{
    /// <summary>The first of its elements in the reply.</summary>
    public const int First = 6;

    /// <summary>Reads the end of a script's reply.</summary>
    public static DecidedTerms Parse(RedisResult[] reply) => new(
        CouponStock.Number(reply[First]),
        (string)reply[First + 1]! is [var character] ? (ClaimOutcome)(character - '0') : null,
        SpanOrNull(reply[First + 2]),
        new WindowLatches(CouponStock.NumberOrNull(reply[First + 3]), CouponStock.NumberOrNull(reply[First + 4])),
        SpanOrNull(reply[First + 5]),
        reply.Length > First + 6 ? DecidedLine.Parse(reply[(First + 6)..]) : null);

    private static TimeSpan? SpanOrNull(RedisResult text) => CouponStock.NumberOrNull(text) is { } micros ? TimeSpan.FromMicroseconds(micros) : null;
}

/// <summary>What claim.lua says of a coupon that has a waiting list.</summary>
/// <param name="Served">Who was served, in the order of the outbox positions right before that of the first winner.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="Joins">How many have ever joined.</param>
/// <param name="Places">The place in line of each claimant who waits, in their order.</param>
internal sealed record DecidedLine(string[] Served, long Waiting, long Joins, long[] Places)
{
    /// <summary>Reads the end of a script's reply.</summary>
    public static DecidedLine Parse(RedisResult[] reply) => new(
        Array.ConvertAll((RedisResult[])reply[0]!, user => (string)user!), (long)reply[1], (long)reply[2],
        Array.ConvertAll((RedisResult[])reply[3]!, place => (long)place));
}
