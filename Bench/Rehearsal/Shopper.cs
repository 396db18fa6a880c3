using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Rehearsal;

/// <summary>Acts for every n-th customer: claims on arrival, at the start of the sale where that is later, and retries undecided claims when due.</summary>
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
        if (_current.Tries > 0 || _current.HasWaited)
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
        if (reply.Result == ClaimResult.NotStarted && _options.Server.StartsIn is not null)
        {
            WaitForStart(TimeSpan.FromMilliseconds(reply.StartsInMilliseconds));
            return;
        }
        if (reply.Status == 201)
            sale.Start.Won(_current.User);
        sale.Decided(connection, reply, _current.Arrived);
        stage.Book.Answered(_current.Coupon, _current.User, reply, isRetry: _current.Tries > 0);
    }

    public override void Lost() => TryAgain(_pauseUntold);

    /// <summary>Comes back when the sale begins, as the button on the page does; what a customer waits for an answer counts from then.</summary>
    private void WaitForStart(TimeSpan startsIn)
    {
        sale.Start.NotStarted(Due, startsIn);
        var start = Clock.Now + Clock.Ticks(startsIn);
        _retries.Enqueue(_current with { HasWaited = true, Arrived = start }, start);
    }

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

    /// <summary>One customer's claim; and whether it came before the start.</summary>
    private readonly record struct Attempt(long User, int Coupon, long Arrived, int Tries, bool HasWaited = false);
}
