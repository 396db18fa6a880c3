namespace SecKill.Tests.LocalServers.Sales;

/// <summary>
/// The answers to one coupon's claims so far, by which each new one is judged: a few bytes an owner, for sales of millions. A customer has
/// one claim of it under way at a time. Thread-safe.
/// </summary>
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
                return new CouponOutcome(name, units, _owners.Count, _refused);
        }
    }

    /// <summary>Records a final answer.</summary>
    /// <param name="heard">The answer; not <see cref="Heard.Unknown"/>.</param>
    /// <param name="sent">When this claim was sent, as a timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="undecidedSince">When the first of the customer's undecided claims was sent; null if there is none.</param>
    /// <returns>Why the answer is false, or null.</returns>
    public string? Hear(long user, Heard heard, long sent, long? undecidedSince = null)
    {
        // A retry's already-claimed may come from the win of an earlier try.
        var won = heard == Heard.AlreadyClaimed ? undecidedSince ?? sent : sent;
        lock (_gate)
        {
            var isAfterSoldOut = won > _soldOutTold;
            bool isOwner;
            if (heard is not (Heard.Claimed or Heard.AlreadyClaimed))
            {
                isOwner = _owners.Contains(user);
                _refused++;
                if (heard == Heard.SoldOut && !IsSoldOut)
                    Volatile.Write(ref _soldOutTold, Stopwatch.GetTimestamp());
            }
            else
            {
                isOwner = !_owners.Add(user);
            }
            return ClaimJudge.FindLie(heard, isOwner, mayOwn: undecidedSince is not null, isAfterSoldOut);
        }
    }
}
