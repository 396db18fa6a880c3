namespace SecKill.Grains.Claims;

/// <summary>
/// How many units of one coupon are left, as last heard from Redis. Within an epoch they only become fewer, so answers may come in any
/// order. Thread-safe.
/// </summary>
internal sealed class UnitsLeft
{
    private const int Unknown = int.MaxValue;
    private readonly Lock _gate = new();
    private long _epoch = -1;
    private int _left = Unknown;

    /// <summary>The number; 0 where it is not known yet.</summary>
    public int Now
    {
        get
        {
            lock (_gate)
                return _left == Unknown ? 0 : _left;
        }
    }

    /// <summary>So many were left after a decision.</summary>
    public void Decided(long epoch, int left)
    {
        lock (_gate)
        {
            if (epoch > _epoch)
                (_epoch, _left) = (epoch, left);
            else if (epoch == _epoch)
                _left = Math.Min(_left, left);
        }
    }

    /// <summary>So many were read, under an epoch that was not.</summary>
    public void Found(int left)
    {
        lock (_gate)
            _left = Math.Min(_left, left);
    }

    /// <summary>The stock was rebuilt; units may have come back.</summary>
    public void Rebuilt(long epoch)
    {
        lock (_gate)
            (_epoch, _left) = (epoch, Unknown);
    }
}
