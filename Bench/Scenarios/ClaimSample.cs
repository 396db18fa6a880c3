namespace SecKill.Bench.Scenarios;

/// <summary>A uniform random sample of the offered claims.</summary>
internal sealed class ClaimSample
{
    private const int Size = 20;
    private readonly List<(int Coupon, long User)> _claims = new(Size);
    private readonly Lock _lock = new();
    private long _offered;

    public IReadOnlyList<(int Coupon, long User)> Claims
    {
        get
        {
            lock (_lock)
                return [.. _claims];
        }
    }

    public void Offer(int coupon, long user)
    {
        var place = Random.Shared.NextInt64(Interlocked.Increment(ref _offered));
        if (place >= Size)
            return;
        lock (_lock)
        {
            if (_claims.Count < Size)
                _claims.Add((coupon, user));
            else
                _claims[(int)place] = (coupon, user);
        }
    }
}
