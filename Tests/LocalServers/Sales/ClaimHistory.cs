
using SecKill.Tests.LocalServers.Api;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>A coupon that is being sold.</summary>
public sealed record OnSale(string Seller, string Name, int Amount);

/// <summary>
/// A customer's answers about a coupon, in order, and their consistency; with words of a window and a pause only where it may have them.
/// </summary>
public sealed class ClaimHistory(bool hasTerms = false)
{
    // A refusal lease lasts 100 ms from when it was asked for.
    private static readonly TimeSpan _lease = TimeSpan.FromMilliseconds(100);

    private readonly List<string> _told = [];
    private long? _returnedAt;
    private readonly Lock _gate = new();

    /// <summary>The customer was told that it owns a unit.</summary>
    public bool Won { get; private set; }

    /// <summary>The last claim's outcome is not known.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The customer was told sold-out.</summary>
    public bool WasToldSoldOut { get; private set; }

    /// <summary>What it knows of a return.</summary>
    public KnownReturn Return { get; private set; }

    /// <summary>The first false answer, with all answers before it.</summary>
    public string? Lie { get; private set; }

    /// <summary>The customer is about to ask for a return.</summary>
    public void AskReturn()
    {
        lock (_gate)
            Return = Return == KnownReturn.None ? KnownReturn.Asked : Return;
    }

    /// <summary>Its unit is given back.</summary>
    public void AddReturned()
    {
        lock (_gate)
        {
            _returnedAt ??= Stopwatch.GetTimestamp();
            Return = KnownReturn.Done;
            Note("returned");
        }
    }

    /// <param name="sent">When the claim was sent, as a timestamp of <see cref="Stopwatch"/>; null for some time ago.</param>
    public Heard Add(Answer answer, long? sent = null)
    {
        // Only a 503 has a text.
        var isSaid = answer.Status == 503 ? answer.ErrMsg?.Length > 0 : answer is { Status: 201, ErrMsg: "" } or { Status: 204, Body: "" };
        var heard = isSaid ? ClaimJudge.MeaningOf(answer.Status, answer.ClaimResult, answer.Headers.RetryAfter is not null, hasTerms) : null;
        lock (_gate)
        {
            Note($"{answer}");
            if (heard is not { } known)
                Blame();
            else
                Conclude(known, sent);
        }
        return heard ?? Heard.Unknown;
    }

    /// <summary>The connection broke: undecided, like a 503.</summary>
    public Heard AddBroken(Exception fault)
    {
        lock (_gate)
        {
            Note($"nothing, {fault.GetType().Name}: {fault.Message}");
            Conclude(Heard.Unknown);
        }
        return Heard.Unknown;
    }

    private void Conclude(Heard heard, long? sent = null)
    {
        var isAfterLease = sent is { } at && _returnedAt is { } returned && Stopwatch.GetElapsedTime(returned, at) > _lease;
        // If Redis loses claims, units come back: the sale checks earlier sold-out answers.
        if (ClaimJudge.FindLie(heard, Won, mayOwn: IsOpen, isAfterSoldOut: false, Return, isAfterLease) is not null)
            Blame();
        WasToldSoldOut |= heard == Heard.SoldOut;
        Won |= heard is Heard.Claimed or Heard.AlreadyClaimed;
        IsOpen = heard == Heard.Unknown && !Won;
    }

    private void Note(string told) => _told.Add($"{DateTime.Now:HH:mm:ss.fff} {told}");

    private void Blame() => Lie ??= string.Join("\n  then ", _told);
}
