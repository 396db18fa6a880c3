using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Rehearsal;

/// <summary>
/// When a rehearsed sale begins, as far as its answers tell: a <c>not-started</c> that says how long it still is, is of after its request was
/// sent, so the start is not before that moment and the time told. Thread-safe.
/// </summary>
internal sealed class SaleStart
{
    private readonly Findings _early = new("start", "no unit is won before the start that was told");
    private readonly Lock _gate = new();
    private long _earliest;
    private long _firstWin = long.MaxValue;
    private long _told;

    /// <summary>How often customers were told that it had not begun.</summary>
    public long Told => Volatile.Read(ref _told);

    /// <summary>How long after the start the first unit was won, at most; null if none was, or no customer came before the start.</summary>
    public TimeSpan? FirstWinAfter
    {
        get
        {
            lock (_gate)
                return _told > 0 && _firstWin != long.MaxValue ? TimeSpan.FromSeconds(Clock.Seconds(_firstWin - _earliest)) : null;
        }
    }

    /// <summary>A customer was told how long it still is.</summary>
    /// <param name="sent">When the claim was sent, at the earliest.</param>
    public void NotStarted(long sent, TimeSpan startsIn)
    {
        // Told in whole milliseconds, rounded up.
        var start = sent + Clock.Ticks(startsIn - TimeSpan.FromMilliseconds(1));
        lock (_gate)
        {
            _told++;
            _earliest = Math.Max(_earliest, start);
        }
    }

    /// <summary>A unit was won, by an answer that arrived now.</summary>
    public void Won(long user)
    {
        var now = Clock.Now;
        lock (_gate)
        {
            _firstWin = Math.Min(_firstWin, now);
            if (now < _earliest)
                _early.Add($"user {user} won {TimeSpan.FromSeconds(Clock.Seconds(_earliest - now)).TotalMilliseconds:0.0} ms before the start");
        }
    }

    /// <summary>The check that none was won too early.</summary>
    public CheckResult Check() => _early.Result($"so, and customers were told {Told:N0} times to wait");
}
