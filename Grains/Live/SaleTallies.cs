using SecKill.Grains.Interfaces.Live;

namespace SecKill.Grains.Live;

/// <summary>The claims of the coupons on this silo, as far as gateways have reported them. Thread-safe, bounded.</summary>
/// <param name="clock">For how busy a coupon is.</param>
public sealed class SaleTallies(TimeProvider clock)
{
    /// <summary>Of how many coupons it knows; beyond that it forgets those that were asked for the longest time ago.</summary>
    public const int MaxCoupons = 10_000;

    // In so many seconds a claim comes to count for a third of what it did.
    private const double Fading = 5;

    private readonly DateTimeOffset _since = clock.GetUtcNow();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _coupons = [];
    private ClaimTally _all;

    /// <summary>Adds reported claims.</summary>
    public void Add(ReadOnlySpan<CouponTally> tallies)
    {
        lock (_gate)
        {
            foreach (var (coupon, claims) in tallies)
            {
                var entry = Touch(coupon);
                entry.Claims += claims;
                entry.Recent += claims.Total;
                _all += claims;
            }
        }
    }

    /// <summary>Notes that somebody has to do with a coupon, so that it may stand among the busy ones.</summary>
    /// <returns>Its claims.</returns>
    public ClaimTally Note(string coupon)
    {
        lock (_gate)
            return Touch(coupon).Claims;
    }

    /// <summary>
    /// Makes coupons known that are on sale and that nothing was heard of yet, as after a start. They stand behind all others, in the
    /// given order, and take the place of none.
    /// </summary>
    public void MakeKnown(IEnumerable<string> coupons)
    {
        lock (_gate)
        {
            foreach (var coupon in coupons)
            {
                if (_coupons.Count < MaxCoupons)
                    _coupons.TryAdd(coupon, new Entry());
            }
        }
    }

    /// <summary>The busiest; among equals those that somebody had to do with last.</summary>
    public SiloTally Busiest(int count)
    {
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            var coupons = _coupons.Select(coupon => new BusyCoupon(
                coupon.Key, coupon.Value.Claims, Faded(coupon.Value, now), Age(coupon.Value, now)));
            return new SiloTally([.. coupons.OrderByDescending(coupon => coupon.Recent).ThenBy(coupon => coupon.Age).Take(count)], _all, _since);
        }
    }

    private Entry Touch(string coupon)
    {
        var now = clock.GetTimestamp();
        if (!_coupons.TryGetValue(coupon, out var entry))
        {
            if (_coupons.Count >= MaxCoupons)
                Forget();
            _coupons[coupon] = entry = new Entry();
        }
        entry.Recent = Faded(entry, now);
        entry.Touched = now;
        return entry;
    }

    // Many at once, so that looking for them costs next to nothing a coupon.
    private void Forget()
    {
        foreach (var (coupon, _) in _coupons.OrderBy(coupon => coupon.Value.Touched).Take(MaxCoupons / 10).ToArray())
            _coupons.Remove(coupon);
    }

    // Below one it is nobody any more, or a sale of yesterday would stand above one that has just been created.
    private double Faded(Entry entry, long now) =>
        entry.Recent * Math.Exp(-Age(entry, now).TotalSeconds / Fading) is >= 0.5 and var rest ? rest : 0;

    private TimeSpan Age(Entry entry, long now) => entry.Touched is { } touched ? clock.GetElapsedTime(touched, now) : TimeSpan.MaxValue;

    private sealed class Entry
    {
        public ClaimTally Claims { get; set; }

        public double Recent { get; set; }

        /// <summary>Null where nothing was heard of it: such are forgotten first.</summary>
        public long? Touched { get; set; }
    }
}
