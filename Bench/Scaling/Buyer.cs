using SecKill.Bench.Http;
using SecKill.Bench.Load;

namespace SecKill.Bench.Scaling;

/// <summary>
/// Claims as a new customer each time, retries undecided claims, and sometimes repeats an earlier claim, whose answer is known. All
/// claims of a customer come from one buyer.
/// </summary>
internal sealed class Buyer(ScaledSale sale, int connection) : Visitor
{
    private const double Again = 0.15;
    private const double OfSoldOut = 0.1;
    private const int Remembered = 64;
    private static readonly TimeSpan _pauseUntold = TimeSpan.FromMilliseconds(200);

    private readonly Random _random = new(connection);
    private readonly List<Attempt> _past = new(Remembered);
    private readonly PriorityQueue<Attempt, long> _undecided = new();
    private Attempt _current;

    /// <summary>Undecided claims. Read after the end; includes a claim taken from the retry queue but not sent.</summary>
    public IEnumerable<Attempt> Undecided =>
        _undecided.UnorderedItems.Select(item => item.Element).Concat(_current is { IsRetry: true, Sent: 0 } ? [_current] : []);

    public override bool TryPrepare()
    {
        if (!TryChoose())
            return false;
        Request.Begin(_current.Coupon.ClaimHead);
        sale.Crowd.WriteToken(_current.User, Request);
        return true;
    }

    public override void Sending() => _current = _current with { Sent = Clock.Now };

    public override void Answered(in HttpReply reply)
    {
        var decided = new Attempt(_current.Coupon, _current.User);
        if (!sale.Judge.Hears(_current, reply))
            TryAgain();
        else if (_past.Count < Remembered)
            _past.Add(decided);
        else
            _past[_random.Next(Remembered)] = decided;
    }

    public override void Lost() => TryAgain();

    private bool TryChoose()
    {
        if (_undecided.TryPeek(out _, out var due) && due <= Clock.Now)
        {
            _current = _undecided.Dequeue();
            return true;
        }
        if (_past.Count > 0 && _random.NextDouble() < Again)
        {
            _current = _past[_random.Next(_past.Count)];
            return true;
        }
        if (!sale.Crowd.TryTake(out var user))
            return false;
        var coupons = sale.Coupons;
        var coupon = coupons[_random.Next(coupons.Count)];
        // Refusals are cheap: if their share grew, the stages' rates could not be compared.
        while (coupon.IsSoldOut && _random.NextDouble() >= OfSoldOut)
            coupon = coupons[_random.Next(coupons.Count)];
        _current = new Attempt(coupon, user);
        return true;
    }

    // Sooner than Retry-After, which is for crowds: the run must notice soon when the coupon is sold again.
    private void TryAgain() => _undecided.Enqueue(_current.Again(), Clock.Now + Clock.Ticks(_pauseUntold));
}
