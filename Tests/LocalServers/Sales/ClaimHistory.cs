
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>A coupon that is being sold.</summary>
public sealed record OnSale(string Seller, string Name, int Amount);

/// <summary>What a client can conclude from the answer to a claim.</summary>
public enum Heard
{
    /// <summary>503, or no answer at all: it may have won or not.</summary>
    Unknown,
    Claimed,
    AlreadyClaimed,
    SoldOut,
}

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
        var heard = answer switch
        {
            { Status: 201, ErrMsg: "", ClaimResult: "claimed" } => Heard.Claimed,
            { Status: 204, Body: "", ClaimResult: "already-claimed" } => Heard.AlreadyClaimed,
            { Status: 204, Body: "", ClaimResult: "sold-out" } => Heard.SoldOut,
            { Status: 503, ErrMsg.Length: > 0, Headers.RetryAfter: not null } => Heard.Unknown,
            _ => (Heard?)null,
        };
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
        var mayHaveWon = Won || IsOpen;
        switch (heard)
        {
            case Heard.Claimed when Won:
            case Heard.SoldOut when Won:
            case Heard.AlreadyClaimed when !mayHaveWon:
                Blame();
                break;
        }
        WasToldSoldOut |= heard == Heard.SoldOut;
        Won |= heard is Heard.Claimed or Heard.AlreadyClaimed;
        IsOpen = heard == Heard.Unknown && !Won;
    }

    private void Note(string told) => _told.Add($"{DateTime.Now:HH:mm:ss.fff} {told}");

    private void Blame() => Lie ??= string.Join("\n  then ", _told);
}
