namespace SecKill.Grains.Outbox;

/// <summary>
/// How many unpersisted claims a silo remembers over all its coupons: a MySQL that is away for long must not fill its memory. As many joins
/// and leaves of waiting lists, which nothing bounds as units do claims, so that they take no claim's slot. Thread-safe.
/// </summary>
internal sealed class ClaimSlots(int count)
{
    /// <summary>For a silo: some 50 MB, a few seconds' worth of claims at full speed.</summary>
    public const int PerSilo = 200_000;

    private readonly int _count = count;
    private int _free = count;
    private ClaimSlots? _ofWaits;

    /// <summary>Those of joins and leaves.</summary>
    public ClaimSlots OfWaits => LazyInitializer.EnsureInitialized(ref _ofWaits, () => new ClaimSlots(_count));

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    public void Release(int slots) => Interlocked.Add(ref _free, slots);
}
