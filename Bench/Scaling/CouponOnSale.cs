using SecKill.Bench.Load;

namespace SecKill.Bench.Scaling;

/// <summary>A coupon and the customers told that they own a unit. Thread-safe.</summary>
/// <param name="name">Its name.</param>
/// <param name="pieces">Its units.</param>
internal sealed class CouponOnSale(string name, int pieces)
{
    private readonly HashSet<long> _owners = [];
    private readonly Lock _gate = new();
    private long _soldOutTold = long.MaxValue;
    private long _lastDecided;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its units.</summary>
    public int Pieces => pieces;

    /// <summary>What comes before the token in a claim.</summary>
    public required byte[] ClaimHead { get; init; }

    /// <summary>Whether any customer was told that it is sold out.</summary>
    public bool IsSoldOut => SoldOutTold != long.MaxValue;

    /// <summary>When the first answer arrived that it is sold out, on the <see cref="Clock"/>; the end of all time while none has.</summary>
    public long SoldOutTold => Volatile.Read(ref _soldOutTold);

    /// <summary>When a claim was last decided, on the <see cref="Clock"/>.</summary>
    public long LastDecided
    {
        get => Volatile.Read(ref _lastDecided);
        set => Volatile.Write(ref _lastDecided, value);
    }

    /// <summary>Customers told that they own a unit.</summary>
    public IReadOnlySet<long> Owners
    {
        get
        {
            lock (_gate)
                return _owners.ToHashSet();
        }
    }

    /// <summary>How many those are.</summary>
    public int CountOwners()
    {
        lock (_gate)
            return _owners.Count;
    }

    /// <summary>Records that a customer was told to own a unit.</summary>
    /// <returns>False if the customer was told so before.</returns>
    public bool TryAddOwner(long user)
    {
        lock (_gate)
            return _owners.Add(user);
    }

    /// <summary>Whether this user was told that it owns a unit.</summary>
    public bool IsOwner(long user)
    {
        lock (_gate)
            return _owners.Contains(user);
    }

    /// <summary>Records that a customer was told sold-out.</summary>
    public void TellSoldOut() => Interlocked.CompareExchange(ref _soldOutTold, Clock.Now, long.MaxValue);
}
