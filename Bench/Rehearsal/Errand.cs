namespace SecKill.Bench.Rehearsal;

/// <summary>What a customer does next. The number is that of the operation.</summary>
internal enum Step
{
    /// <summary>The claim that a customer comes for, or another one afterwards.</summary>
    Claim,

    /// <summary>Joins the line.</summary>
    Join,

    /// <summary>Looks at the place in line.</summary>
    Look,

    /// <summary>Gives the unit back.</summary>
    Return,

    /// <summary>Asks for the receipt, whose code the till needs.</summary>
    Receipt,

    /// <summary>Has the unit redeemed at a till.</summary>
    Redeem,
}

/// <summary>What a customer does after the claim.</summary>
/// <param name="Steps">The step that is due, and those after it.</param>
/// <param name="Tries">How often the step was tried without being decided.</param>
/// <param name="Code">The receipt's code, once it is known.</param>
internal sealed record Errand(long User, int Coupon, ReadOnlyMemory<Step> Steps, int Tries = 0, string? Code = null)
{
    /// <summary>The step that is due.</summary>
    public Step Step => Steps.Span[0];

    /// <summary>The errand after this step; null if it was the last one.</summary>
    public Errand? Next => Steps.Length > 1 ? this with { Steps = Steps[1..], Tries = 0 } : null;
}
