using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Rehearsal;

/// <summary>
/// Acts for every n-th customer: claims on arrival, at the start of the sale where that is later, retries undecided claims when due, and does
/// what follows the claim.
/// </summary>
internal sealed class Shopper : Visitor
{
    private static readonly TimeSpan _pauseUntold = TimeSpan.FromSeconds(1);
    private readonly Stage _stage;
    private readonly LoadRun _run;
    private readonly SaleProgress _sale;
    private readonly int _connection;
    private readonly RehearsalOptions _options;
    private readonly Errands? _errands;
    private readonly PriorityQueue<Attempt, long> _later = new();
    private long _nextUser;
    private Attempt _current;
    private long _sent;

    /// <summary>Acts over a connection.</summary>
    public Shopper(Stage stage, LoadRun run, SaleProgress sale, int connection)
    {
        (_stage, _run, _sale, _connection, _options) = (stage, run, sale, connection, sale.Options);
        _nextUser = connection;
        if (sale.Chances is { } chances)
            _errands = new Errands(stage, chances, _options, run, connection, (errand, due) => _later.Enqueue(new Attempt(errand.User, errand.Coupon, due, 0, Errand: errand), due));
    }

    public override bool TryPrepare()
    {
        if (!TryChoose())
            return false;
        Operation = (int)(_current.Errand?.Step ?? Step.Claim);
        if (_current.Errand is { } errand)
        {
            _errands!.Prepare(errand, Request);
            return true;
        }
        Request.Begin(_stage.ClaimHead(_connection, _current.Coupon));
        _stage.Crowd.WriteToken(_current.User, Request);
        return true;
    }

    public override void Sending()
    {
        _sent = Clock.Now;
        if (_current.Errand is { } errand)
        {
            _errands!.Sending(errand, _sent);
            return;
        }
        if (_current.Tries > 0 || _current.HasWaited)
            return;
        _sale.CountArrival();
        _stage.Book.Sending(_current.Coupon);
    }

    public override void Answered(in HttpReply reply)
    {
        if (reply.Status >= 500)
        {
            TryAgain(reply.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(reply.RetryAfterSeconds) : _pauseUntold);
            return;
        }
        if (_current.Errand is { } errand)
        {
            _errands!.Answered(errand, reply, _sent);
            return;
        }
        if (reply.Result == ClaimResult.NotStarted && _options.Server.StartsIn is not null)
        {
            WaitForStart(TimeSpan.FromMilliseconds(reply.StartsInMilliseconds));
            return;
        }
        if (reply.Status == 201)
            _sale.Start.Won(_current.User);
        _sale.Decided(_connection, reply, _current.Arrived);
        _stage.Book.Answered(_current.Coupon, _current.User, reply, isRetry: _current.Tries > 0);
        _errands?.Begin(
            _current.User, _current.Coupon, ClaimJudge.MeaningOf(reply.Status, reply.Result.Word(), saysWhenToRetry: true), _sent, isRetry: _current.Tries > 0);
    }

    public override void Lost() => TryAgain(_pauseUntold);

    /// <summary>Comes back when the sale begins, as the button on the page does; what a customer waits for an answer counts from then.</summary>
    private void WaitForStart(TimeSpan startsIn)
    {
        _sale.Start.NotStarted(Due, startsIn);
        var start = Clock.Now + Clock.Ticks(startsIn);
        _later.Enqueue(_current with { HasWaited = true, Arrived = start }, start);
    }

    private bool TryChoose()
    {
        var arrival = _nextUser < _options.Users
            ? _run.Started + Clock.Ticks(_options.Duration * _options.Curve.ArrivalOf(_nextUser, _options.Users))
            : long.MaxValue;
        if (_later.TryPeek(out var later, out var due) && due <= arrival)
        {
            _later.Dequeue();
            (_current, Due) = (later, due);
            return true;
        }
        if (arrival == long.MaxValue)
            return false;
        _current = new Attempt(_nextUser, (int)(_nextUser % _stage.Book.Count), arrival, Tries: 0);
        Due = arrival;
        _nextUser += _run.Plan.Connections;
        return true;
    }

    private void TryAgain(TimeSpan pause)
    {
        if ((_current.Errand?.Tries ?? _current.Tries) >= _options.Retries)
            return;
        _sale.CountRetry();
        var again = _current.Errand is { } errand
            ? _current with { Errand = errand with { Tries = errand.Tries + 1 } }
            : _current with { Tries = _current.Tries + 1 };
        _later.Enqueue(again, Clock.Now + Clock.Ticks(pause));
    }

    /// <summary>One customer's claim, and whether it came before the start; or what follows it.</summary>
    private readonly record struct Attempt(long User, int Coupon, long Arrived, int Tries, bool HasWaited = false, Errand? Errand = null);
}
