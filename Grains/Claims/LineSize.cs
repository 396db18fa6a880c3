namespace SecKill.Grains.Claims;

/// <summary>A waiting list, as last heard from Redis.</summary>
/// <param name="Waiting">How many wait.</param>
/// <param name="Unserved">Units left that they should get: 0 where none wait, and while window or pause refuse it.</param>
internal readonly record struct LineSize(long Waiting, int Unserved)
{
    /// <summary>As claim.lua tells it.</summary>
    public static LineSize Of(DecidedLine line, in ClaimDecision decision) => new(line.Waiting, line.Waiting > 0 && decision.Refusal is null ? decision.Left : 0);

    /// <summary>As serve.lua tells it.</summary>
    public static LineSize Of(in ServedUnits served) => new(served.Waiting, served.HasMore ? served.Left : 0);
}
