using SecKill.Grains.Recovery;
using SecKill.Grains.Stock;

namespace SecKill.Grains.Outbox;

/// <summary>
/// How many claims of one coupon wait to be drained, and since when: as its activation knows it from what it is told anyway, without
/// asking Redis. A queue that was another silo's is known from the first look at it. Thread-safe.
/// </summary>
internal sealed class Backlog
{
    private readonly Lock _gate = new();
    private long _epoch = -1;
    private long _begin;
    private long _end;
    private long _wonTo;
    private long _oldest;
    private long _latestSeen;
    private long _found;

    /// <summary>How many wait, and when the oldest of them was won, in microseconds since 1970; 0 where none waits or it is not known yet.</summary>
    public (long Depth, long OldestMicros) Now
    {
        get
        {
            lock (_gate)
                return _end > _begin ? (_end - _begin, _oldest) : (_found, 0);
        }
    }

    /// <summary>Somebody has won.</summary>
    public void Won(ClaimDecision decision)
    {
        lock (_gate)
        {
            if (decision.Epoch < _epoch)
                return;
            if (decision.Epoch > _epoch)
                Start(decision.Epoch, decision.FirstPosition - _found);
            if (_end <= _begin)
                _oldest = decision.Micros;
            _wonTo = Math.Max(_wonTo, decision.Owners);
            _end = Math.Max(_end, _wonTo);
        }
    }

    /// <summary>So many were found waiting. Of them nothing else is known, unless this activation has followed them itself.</summary>
    public void Found(long waiting)
    {
        lock (_gate)
            _found = _end > _begin ? 0 : waiting;
    }

    /// <summary>The queue's head was read.</summary>
    /// <param name="head">What was read.</param>
    /// <param name="isAll">Whether that is the whole queue; then whatever was believed of its length before is past.</param>
    public void Seen(QueueHead head, bool isAll)
    {
        lock (_gate)
        {
            if (head.Epoch < _epoch)
                return;
            var found = _found;
            if (head.Epoch > _epoch)
                Start(head.Epoch, head.Position);
            _begin = head.Position;
            _end = isAll
                ? Math.Max(_wonTo, head.Position + head.Entries.Length)
                : Math.Max(_end, head.Position + Math.Max(head.Entries.Length, found));
            _found = 0;
            if (head.Entries.Length > 0)
                (_oldest, _latestSeen) = (head.Entries[0].Micros, head.Entries[^1].Micros);
        }
    }

    /// <summary>The stock was rebuilt.</summary>
    public void Rebuilt(RebuiltStock stock)
    {
        lock (_gate)
        {
            Start(stock.Epoch, stock.Drained);
            if (stock.Queue.Count > 0)
                (_end, _oldest) = (stock.Drained + stock.Queue.Count, stock.Queue[0].Micros);
        }
    }

    /// <summary>Everything before a position is in the ledger.</summary>
    public void Drained(long epoch, long position)
    {
        lock (_gate)
        {
            if (epoch != _epoch || position <= _begin)
                return;
            _begin = position;
            // Who waits still came after those that were seen; how long after, the next look will tell.
            _oldest = Math.Max(_oldest, _latestSeen);
        }
    }

    private void Start(long epoch, long position) =>
        (_epoch, _begin, _end, _wonTo, _oldest, _latestSeen, _found) = (epoch, position, position, position, 0, 0, 0);
}
