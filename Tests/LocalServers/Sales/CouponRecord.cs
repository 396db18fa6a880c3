using System.Diagnostics;

namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// The answers to one coupon's claims so far, by which each new one is judged: a few bytes an owner, for sales of millions. A customer has
/// one claim of it under way at a time. Thread-safe.
/// </summary>
/// <param name="name">The coupon's name.</param>
/// <param name="units">Its units.</param>
public class CouponRecord(string name, int units)
{
    private readonly HashSet<long> _owners = [];
    private readonly Lock _gate = new();
    private long _soldOutTold = long.MaxValue;
    private long _refused;

    /// <summary>The coupon's name.</summary>
    public string Name => name;

    /// <summary>The coupon's units.</summary>
    public int Units => units;

    /// <summary>Whether any customer was told sold-out.</summary>
    public bool IsSoldOut => SoldOutTold != long.MaxValue;

    /// <summary>When the first answer of sold-out arrived, as a timestamp of <see cref="Stopwatch"/>; the end of all time before.</summary>
    public long SoldOutTold => Volatile.Read(ref _soldOutTold);

    /// <summary>Customers told that they own a unit.</summary>
    public IReadOnlySet<long> Owners
    {
        get
        {
            lock (_gate)
                return _owners.ToHashSet();
        }
    }

    /// <summary>All answers up to now; claims that are not decided are not among them.</summary>
    public CouponOutcome Outcome
    {
        get
        {
            lock (_gate)
                return new CouponOutcome(name, units, _owners.Count, Interlocked.Read(ref _refused));
        }
    }

    /// <summary>Records a final answer.</summary>
    /// <param name="user">The customer.</param>
    /// <param name="heard">The answer; not <see cref="Heard.Unknown"/>.</param>
    /// <param name="mayOwn">An earlier claim of the customer is undecided.</param>
    /// <param name="sent">When the claim that may have won was sent, as a timestamp of <see cref="Stopwatch"/>.</param>
    /// <returns>Why the answer is false, or null.</returns>
    public string? Hear(long user, Heard heard, bool mayOwn, long sent)
    {
        var isAfterSoldOut = sent > SoldOutTold;
        bool isOwner;
        lock (_gate)
            isOwner = heard == Heard.SoldOut ? _owners.Contains(user) : !_owners.Add(user);
        if (heard == Heard.SoldOut)
        {
            Interlocked.Increment(ref _refused);
            Interlocked.CompareExchange(ref _soldOutTold, Stopwatch.GetTimestamp(), long.MaxValue);
        }
        return ClaimJudge.FindLie(heard, isOwner, mayOwn, isAfterSoldOut);
    }
}
