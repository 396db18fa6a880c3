using System.Collections.Concurrent;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>How a customer stands to a coupon whose units change hands.</summary>
internal enum Standing
{
    /// <summary>Owns a unit.</summary>
    Owner,

    /// <summary>Has asked to join the line, or waits: may have been served since.</summary>
    InLine,

    /// <summary>Was not put in line.</summary>
    Refused,

    /// <summary>Has asked to give the unit back, and does not know what became of it.</summary>
    Returning,

    /// <summary>Has given it back.</summary>
    Returned,

    /// <summary>Has had it redeemed.</summary>
    Redeemed,
}

/// <summary>Who has a unit of which coupon by the answers, where owners give units back and others are served from the line. Thread-safe.</summary>
internal sealed class UnitHands
{
    private readonly ConcurrentDictionary<(int Coupon, long User), Standing> _standings = new();

    /// <summary>All customers who ever owned a unit or asked to join, with how they stand.</summary>
    public IEnumerable<KeyValuePair<(int Coupon, long User), Standing>> All => _standings;

    /// <summary>How a customer stands; null for one who was only refused.</summary>
    public Standing? Of(int coupon, long user) => _standings.TryGetValue((coupon, user), out var standing) ? standing : null;

    /// <summary>A customer's standing has changed.</summary>
    public void Set(int coupon, long user, Standing standing) => _standings[(coupon, user)] = standing;

    /// <summary>How many customers stand so.</summary>
    public long Count(Standing standing) => _standings.Values.LongCount(one => one == standing);

    /// <summary>A coupon's outcome by its claims, with what has happened to its units since.</summary>
    public CouponOutcome Adjust(int coupon, CouponOutcome outcome)
    {
        var standings = _standings.Where(one => one.Key.Coupon == coupon).Select(one => one.Value).ToList();
        return outcome with
        {
            Returned = standings.Count(one => one == Standing.Returned),
            MayBeReturned = standings.Count(one => one == Standing.Returning),
            MayBeServed = standings.Count(one => one == Standing.InLine),
        };
    }

    /// <summary>Whether it is known that a customer owns a unit.</summary>
    /// <param name="owns">Whether so by the claim; then by what has happened since.</param>
    public bool Knows(int coupon, long user, ref bool owns)
    {
        var standing = Of(coupon, user);
        owns = standing is null ? owns : standing is Standing.Owner or Standing.Redeemed;
        return standing is not (Standing.InLine or Standing.Returning);
    }
}
