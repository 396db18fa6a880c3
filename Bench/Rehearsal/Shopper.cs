using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>Acts for every n-th customer: claims on arrival, and retries undecided claims when due.</summary>
internal sealed class Shopper(Stage stage, LoadRun run, SaleProgress sale, int connection) : Visitor
{
    private static readonly TimeSpan _pauseUntold = TimeSpan.FromSeconds(1);
    private readonly PriorityQueue<Attempt, long> _retries = new();
    private readonly RehearsalOptions _options = sale.Options;
    private long _nextUser = connection;
    private Attempt _current;

    public override bool TryPrepare()
    {
        if (!TryChoose())
            return false;
        Request.Begin(stage.ClaimHead(connection, _current.Coupon));
        stage.Crowd.WriteToken(_current.User, Request);
        return true;
    }

    public override void Sending()
    {
        if (_current.Tries > 0)
            return;
        sale.CountArrival();
        stage.Book.Sending(_current.Coupon);
    }

    public override void Answered(in HttpReply reply)
    {
        if (reply.Status >= 500)
        {
            TryAgain(reply.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(reply.RetryAfterSeconds) : _pauseUntold);
            return;
        }
        sale.Decided(connection, reply, _current.Arrived);
        stage.Book.Answered(_current.Coupon, _current.User, reply, isRetry: _current.Tries > 0);
    }

    public override void Lost() => TryAgain(_pauseUntold);

    private bool TryChoose()
    {
        var arrival = _nextUser < _options.Users
            ? run.Started + Clock.Ticks(_options.Duration * _options.Curve.ArrivalOf(_nextUser, _options.Users))
            : long.MaxValue;
        if (_retries.TryPeek(out var retry, out var due) && due <= arrival)
        {
            _retries.Dequeue();
            (_current, Due) = (retry, due);
            return true;
        }
        if (arrival == long.MaxValue)
            return false;
        _current = new Attempt(_nextUser, (int)(_nextUser % stage.Book.Count), arrival, Tries: 0);
        Due = arrival;
        _nextUser += run.Plan.Connections;
        return true;
    }

    private void TryAgain(TimeSpan pause)
    {
        if (_current.Tries >= _options.Retries)
            return;
        sale.CountRetry();
        _retries.Enqueue(_current with { Tries = _current.Tries + 1 }, Clock.Now + Clock.Ticks(pause));
    }

    /// <summary>One customer's claim.</summary>
    private readonly record struct Attempt(long User, int Coupon, long Arrived, int Tries);
}
