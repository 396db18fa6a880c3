using System.IO.Hashing;
using System.Text;

namespace SecKill.Grains.Interfaces.Coupons;

/// <summary>
/// A Bloom filter over a coupon's owners, and those who returned a unit, to refuse correctly without asking Redis: a claimant it excludes owns nothing;
/// for others Redis is asked. Ten bits and seven probes an owner give about 0.8 % false positives (Bloom 1970; double hashing after
/// Kirsch and Mitzenmacher 2006).
/// </summary>
[GenerateSerializer, Immutable]
public sealed class OwnerFilter
{
    private const int BitsPerOwner = 10;
    private const int Probes = 7;

    [Id(0)] private readonly FilterStamp _stamp;
    [Id(1)] private readonly ulong[] _bits;

    /// <summary>Builds the filter of the given owners.</summary>
    /// <param name="stamp">The state of the stock whose owners these are.</param>
    /// <param name="owners">User names, enumerated once.</param>
    public OwnerFilter(FilterStamp stamp, IReadOnlyCollection<string> owners)
        : this(stamp, BitsFor((owners ?? throw new ArgumentNullException(nameof(owners))).Count), owners)
    {
    }

    internal OwnerFilter(FilterStamp stamp, ulong[] bits, IEnumerable<string> added)
    {
        (_stamp, _bits) = (stamp, bits);
        foreach (var owner in added)
            Add(_bits, owner);
    }

    /// <summary>The state of the stock of which this filter was made.</summary>
    public FilterStamp Stamp => _stamp;

    /// <summary>The same with further owners: those of a later state.</summary>
    public OwnerFilter With(FilterStamp stamp, IEnumerable<string> added)
    {
        ArgumentNullException.ThrowIfNull(added);
        return new OwnerFilter(stamp, [.. _bits], added);
    }

    /// <summary>False if the user is surely no owner.</summary>
    public bool MayContain(string user) => MayContain(_bits, user);

    internal static ulong[] BitsFor(long owners) => new ulong[Math.Max(1, (owners * BitsPerOwner + 63) / 64)];

    internal static bool MayContain(ulong[] bits, string user)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(user.Length)];
        foreach (var bit in new ProbeSequence(utf8[..Encoding.UTF8.GetBytes(user, utf8)], bits.Length * 64L))
        {
            if ((bits[bit >> 6] & (1UL << (int)(bit & 63))) == 0)
                return false;
        }
        return true;
    }

    internal static void Add(ulong[] bits, string owner)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(owner.Length)];
        Add(bits, utf8[..Encoding.UTF8.GetBytes(owner, utf8)]);
    }

    /// <summary>Several threads may add at once.</summary>
    internal static void Add(ulong[] bits, ReadOnlySpan<byte> owner)
    {
        foreach (var bit in new ProbeSequence(owner, bits.Length * 64L))
            Interlocked.Or(ref bits[bit >> 6], 1UL << (int)(bit & 63));
    }

    /// <summary>The bit positions of one name.</summary>
    private struct ProbeSequence
    {
        private readonly ulong _first;
        private readonly ulong _step;
        private readonly ulong _bits;
        private int _probe;

        public ProbeSequence(ReadOnlySpan<byte> utf8, long bits)
        {
            var hash = XxHash128.HashToUInt128(utf8);
            _first = (ulong)hash;
            _step = (ulong)(hash >> 64) | 1;
            _bits = (ulong)bits;
            _probe = -1;
        }

        public readonly long Current => (long)((_first + (ulong)_probe * _step) % _bits);

        public readonly ProbeSequence GetEnumerator() => this;

        public bool MoveNext() => ++_probe < Probes;
    }
}
