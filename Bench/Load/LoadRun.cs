using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>The state shared by a run's connections: start, end, counters.</summary>
internal sealed class LoadRun(LoadPlan plan, IReadOnlyList<Target> targets, int operations) : IDisposable
{
    private long _issued;
    private int _givenUp;
    private long _finished = long.MaxValue;
    private volatile bool _isStopped;
    private volatile IReadOnlyList<Target> _targets = targets;

    /// <summary>The planned load.</summary>
    public LoadPlan Plan => plan;

    /// <summary>Requests that count.</summary>
    public ReplyCounter Measured { get; } = new(operations);

    /// <summary>Requests of the warm-up.</summary>
    public ReplyCounter WarmUp { get; } = new(operations);

    /// <summary>Wakes connections at their time.</summary>
    public Pacer Pacer { get; } = new();

    /// <summary>The start, on the <see cref="Clock"/>.</summary>
    public long Started { get; private set; }

    /// <summary>When the warm-up was over.</summary>
    public long MeasuredFrom { get; private set; }

    /// <summary>After this no request is sent.</summary>
    public long Ends { get; private set; } = long.MaxValue;

    /// <summary>Whether it was ended before its time.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Connections that gave up reconnecting.</summary>
    public int GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>How long was measured up to now, in seconds.</summary>
    public double MeasuredSeconds => Clock.Seconds(Math.Max(1, Now - MeasuredFrom));

    /// <summary>The present, but not after the end.</summary>
    private long Now => Math.Min(Math.Min(Ends, _finished), Clock.Now);

    /// <summary>The present target of a connection.</summary>
    public Target TargetOf(int connection)
    {
        var targets = _targets;
        return targets[connection % targets.Count];
    }

    /// <summary>Redirects connections from their next request on, as a balancer does when gateways come and go.</summary>
    public void LeadTo(IReadOnlyList<Target> targets) => _targets = targets;

    /// <summary>The clock starts.</summary>
    public void Start()
    {
        Started = Clock.Now;
        MeasuredFrom = Started + Clock.Ticks(plan.Warmup);
        if (plan.Duration is { } duration)
            Ends = MeasuredFrom + Clock.Ticks(duration);
    }

    /// <summary>Whether one more request may be made; each true answer is one request.</summary>
    public bool TryIssue() =>
        !_isStopped && Clock.Now < Ends && (plan.Requests is not { } limit || Interlocked.Increment(ref _issued) <= limit);

    /// <summary>Stops issuing requests and releases waiting workers.</summary>
    public void Stop()
    {
        _isStopped = true;
        Ends = Math.Min(Ends, Clock.Now);
        Pacer.Stop();
    }

    /// <summary>The last answer has come.</summary>
    public void Finish() => _finished = Clock.Now;

    /// <summary>How many requests an open loop should have sent up to now, in the time that counts; 0 in a closed loop.</summary>
    public long ScheduledMeasured => DueBy(Now) - DueBy(MeasuredFrom);

    private long DueBy(long time) => plan.Rate is { } rate
        ? Math.Min((long)Math.Ceiling(Clock.Seconds(Math.Max(0, time - Started)) * rate), plan.Requests ?? long.MaxValue)
        : 0;

    /// <summary>Counts an answer, by the time at which its request was due or sent.</summary>
    public void Answered(int connection, int operation, in HttpReply reply, long from)
    {
        var now = Clock.Now;
        (from < MeasuredFrom ? WarmUp : Measured).Answered(connection, operation, reply, now - from, now <= Ends);
    }

    /// <summary>Counts a request without an answer, by the time at which it was due or sent.</summary>
    public void Failed(int connection, int operation, TransportFault fault, long from) =>
        (from < MeasuredFrom ? WarmUp : Measured).Failed(connection, operation, fault);

    /// <summary>A connection gives up.</summary>
    public void GiveUp() => Interlocked.Increment(ref _givenUp);

    public void Dispose() => Pacer.Dispose();
}
