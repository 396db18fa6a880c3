namespace SecKill.Grains.Live;

/// <summary>The answered claims of the coupons on this silo, as far as gateways have reported them. Thread-safe, bounded.</summary>
internal sealed class ClaimCounters(TimeProvider clock)
{
    // Beyond that, those not touched for the longest time are forgotten.
    public const int MaxCoupons = 10_000;

    // After so many seconds a claim counts for a third of what it did.
    private const double DecaySeconds = 5;

    private readonly DateTimeOffset _since = clock.GetUtcNow();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Counter> _coupons = [];
    private ClaimCounts _all;

    public void Add(ReadOnlySpan<CouponClaimCounts> reported)
    {
        lock (_gate)
        {
            foreach (var (coupon, claims) in reported)
            {
                var counter = Touched(coupon);
                counter.Claims += claims;
                counter.Recent += claims.Total;
                _all += claims;
            }
        }
    }

    /// <summary>Puts a coupon among the candidates for the board, as it was created or is watched.</summary>
    /// <returns>Its claims.</returns>
    public ClaimCounts Touch(string coupon)
    {
        lock (_gate)
            return Touched(coupon).Claims;
    }

    /// <summary>
    /// Adds coupons that are on sale and not counted yet, as after a start. They stand behind all others, in the given order, and
    /// displace none.
    /// </summary>
    public void MakeKnown(IEnumerable<string> coupons)
    {
        lock (_gate)
        {
            foreach (var coupon in coupons)
            {
                if (_coupons.Count < MaxCoupons)
                    _coupons.TryAdd(coupon, new Counter());
            }
        }
    }

    /// <summary>The busiest coupons; among equals those touched last.</summary>
    public SiloClaimCounts Busiest(int count)
    {
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            var coupons = _coupons.Select(coupon => new BusyCoupon(
                coupon.Key, coupon.Value.Claims, Decayed(coupon.Value, now), Age(coupon.Value, now)));
            return new SiloClaimCounts([.. coupons.OrderByDescending(coupon => coupon.Recent).ThenBy(coupon => coupon.Age).Take(count)], _all, _since);
        }
    }

    private Counter Touched(string coupon)
    {
        var now = clock.GetTimestamp();
        if (!_coupons.TryGetValue(coupon, out var counter))
        {
            if (_coupons.Count >= MaxCoupons)
                ForgetOldest();
            _coupons[coupon] = counter = new Counter();
        }
        counter.Recent = Decayed(counter, now);
        counter.Touched = now;
        return counter;
    }

    // Many at once, so that finding them costs next to nothing a coupon.
    private void ForgetOldest()
    {
        foreach (var (coupon, _) in _coupons.OrderBy(coupon => coupon.Value.Touched).Take(MaxCoupons / 10).ToArray())
            _coupons.Remove(coupon);
    }

    // Below one half counts as zero, or yesterday's sale would rank above a new one.
    private double Decayed(Counter counter, long now) =>
        counter.Recent * Math.Exp(-Age(counter, now).TotalSeconds / DecaySeconds) is >= 0.5 and var rest ? rest : 0;

    private TimeSpan Age(Counter counter, long now) => counter.Touched is { } touched ? clock.GetElapsedTime(touched, now) : TimeSpan.MaxValue;

    private sealed class Counter
    {
        public ClaimCounts Claims { get; set; }

        public double Recent { get; set; }

        /// <summary>Null where it was only made known; forgotten first.</summary>
        public long? Touched { get; set; }
    }
}
