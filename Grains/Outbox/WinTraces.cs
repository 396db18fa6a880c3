using System.Diagnostics;
using SecKill.ServiceDefaults.Telemetry;

namespace SecKill.Grains.Outbox;

/// <summary>
/// The recorded activities in which pieces of a coupon were won, until a drain takes them to continue their traces.
/// A few of them: a trace is a sample. Thread-safe.
/// </summary>
internal sealed class WinTraces
{
    private const int Most = 8;

    private readonly Lock _gate = new();
    private ActivityContext[] _won = [];

    /// <summary>Somebody has won in the activity under way.</summary>
    public void Won()
    {
        if (Tracing.Recorded is not { } activity)
            return;
        lock (_gate)
        {
            if (_won.Length < Most)
                _won = [.. _won, activity.Context];
        }
    }

    /// <summary>Those that a drain which begins now may find queued; for the first who asks.</summary>
    public ActivityContext[] Take()
    {
        lock (_gate)
        {
            var won = _won;
            _won = [];
            return won;
        }
    }
}
