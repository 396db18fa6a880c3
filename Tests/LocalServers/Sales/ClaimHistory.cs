
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>A coupon that is being sold.</summary>
public sealed record OnSale(string Seller, string Name, int Amount);

/// <summary>
/// All that one customer was told about one coupon, claim after claim, and whether it can all be true.
/// </summary>
public sealed class ClaimHistory
{
    private readonly List<string> _told = [];
    private readonly Lock _gate = new();

    /// <summary>The customer was told that it owns a piece.</summary>
    public bool Won { get; private set; }

    /// <summary>The last claim's outcome is not known.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The customer was told that nothing is left.</summary>
    public bool WasToldSoldOut { get; private set; }

    /// <summary>The first thing told that cannot be true, with all that was told before.</summary>
    public string? Lie { get; private set; }

    public Heard Add(Answer answer)
    {
        // The text goes with the status: none but the refusal has one.
        var isSaid = answer.Status == 503 ? answer.ErrMsg?.Length > 0 : answer is { Status: 201, ErrMsg: "" } or { Status: 204, Body: "" };
        var heard = isSaid ? ClaimJudge.MeaningOf(answer.Status, answer.ClaimResult, answer.Headers.RetryAfter is not null) : null;
        lock (_gate)
        {
            Note($"{answer}");
            if (heard is not { } known)
                Blame();
            else
                Conclude(known);
        }
        return heard ?? Heard.Unknown;
    }

    /// <summary>The connection broke: as good as a 503.</summary>
    public Heard AddBroken(Exception fault)
    {
        lock (_gate)
        {
            Note($"nothing, {fault.GetType().Name}: {fault.Message}");
            Conclude(Heard.Unknown);
        }
        return Heard.Unknown;
    }

    private void Conclude(Heard heard)
    {
        // If Redis loses claims, units come back: the sale checks earlier sold-out answers.
        if (ClaimJudge.FindLie(heard, Won, mayOwn: IsOpen, isAfterSoldOut: false) is not null)
            Blame();
        WasToldSoldOut |= heard == Heard.SoldOut;
        Won |= heard is Heard.Claimed or Heard.AlreadyClaimed;
        IsOpen = heard == Heard.Unknown && !Won;
    }

    private void Note(string told) => _told.Add($"{DateTime.Now:HH:mm:ss.fff} {told}");

    private void Blame() => Lie ??= string.Join("\n  then ", _told);
}
