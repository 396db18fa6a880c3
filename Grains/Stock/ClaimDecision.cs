namespace SecKill.Grains.Stock;

/// <summary>What claim.lua decided.</summary>
/// <param name="State">Unless verified, nothing was decided.</param>
/// <param name="Outcomes">One per claimant.</param>
/// <param name="Left">Units left afterwards.</param>
/// <param name="FirstPosition">The outbox position of the first winner: how many claims have ever entered the outbox before.</param>
/// <param name="Micros">When, in microseconds since 1970.</param>
/// <param name="Epoch">The coupon's epoch.</param>
/// <param name="IsListed">Whether the script wrote the owners' lists; else the caller must.</param>
internal readonly record struct ClaimDecision(
    StockState State, ClaimOutcome[] Outcomes, int Left, long FirstPosition, long Micros, long Epoch, bool IsListed)
{
    /// <summary>How many claimants won a unit.</summary>
    public int Winners => Outcomes.AsSpan().Count(ClaimOutcome.Claimed);

    /// <summary>What all hear who own nothing; null while units can be won.</summary>
    public ClaimOutcome? Refusal => Left == 0 ? ClaimOutcome.SoldOut : null;

    /// <summary>The state of the stock after it.</summary>
    public FilterStamp Stamp => new(Epoch, FirstPosition + Winners);

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
        return new ClaimDecision(state, outcomes, (int)reply[1], (long)reply[2], CouponStock.Number(reply[3]), CouponStock.Number(reply[5]), isListed);
    }
}
