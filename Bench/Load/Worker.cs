using SecKill.Bench.Http;

namespace SecKill.Bench.Load;

/// <summary>Drives one connection: has its visitor make a request, sends it at its time, counts what comes back.</summary>
internal sealed class Worker(LoadRun run, int index, Visitor visitor) : IDisposable
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);
    private static readonly long _idle = Clock.Ticks(TimeSpan.FromSeconds(5));
    private readonly HttpConnection _connection = new(run.TargetOf(index));
    private readonly Pacer.Waiter _waiter = new();
    private long _sent;
    private long _lastUsed;
    private volatile bool _isOverdue;

    /// <summary>Connects for the first time.</summary>
    public Task OpenAsync(CancellationToken stop) => _connection.OpenAsync(stop);

    /// <summary>Aborts a request that was sent before a time on the <see cref="Clock"/> and has no answer yet.</summary>
    public void AbortIfSentBefore(long time)
    {
        if (Volatile.Read(ref _sent) is not 0 and var sent && sent < time)
        {
            _isOverdue = true;
            _connection.Abort();
        }
    }

    /// <summary>Goes on until the run ends or the visitor is through.</summary>
    public async Task RunAsync()
    {
        for (long request = index; ; request += run.Plan.Connections)
        {
            if ((!_connection.IsOpen || _connection.Target != run.TargetOf(index)) && !await ReopenAsync() || !run.TryIssue())
                return;
            visitor.Due = run.Plan.Rate is null ? 0 : run.Started + run.Plan.DueAfter(request);
            if (!visitor.TryPrepare() || visitor.Due >= run.Ends)
                return;
            if (visitor.Due != 0 && !await run.Pacer.WaitAsync(_waiter, visitor.Due))
                return;
            // A server may close an idle connection; the next request must not fail by that.
            if (visitor.Due - _lastUsed > _idle && _lastUsed != 0 && _connection.IsClosedByServer && !await ReopenAsync())
                return;
            await ExchangeAsync();
            _lastUsed = visitor.Due;
        }
    }

    public void Dispose() => _connection.Dispose();

    private async ValueTask ExchangeAsync()
    {
        var now = Clock.Now;
        // Measured from the due time, so that requests delayed by a stalled server count as slow (coordinated omission).
        var from = visitor.Due == 0 ? now : visitor.Due;
        Volatile.Write(ref _sent, now);
        visitor.Sending();
        try
        {
            var answer = await _connection.ExchangeAsync(visitor.Request.Bytes);
            Volatile.Write(ref _sent, 0);
            run.Answered(index, visitor.Operation, answer, from);
            visitor.Answered(answer);
        }
        catch (TransportException error)
        {
            Volatile.Write(ref _sent, 0);
            run.Failed(index, visitor.Operation, _isOverdue ? TransportFault.Timeout : error.Fault, from);
            _isOverdue = false;
            visitor.Lost();
        }
    }

    private async Task<bool> ReopenAsync()
    {
        var giveUp = Clock.Now + Clock.Ticks(run.Plan.Timeout);
        for (var pause = TimeSpan.FromMilliseconds(10); !run.IsStopped && Clock.Now < run.Ends; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
        {
            try
            {
                _connection.Target = run.TargetOf(index);
                await _connection.OpenAsync(CancellationToken.None);
                return true;
            }
            catch (TransportException) when (Clock.Now < giveUp)
            {
                await Task.Delay(pause);
            }
            catch (TransportException)
            {
                run.GiveUp();
                return false;
            }
        }
        return false;
    }
}
