using SecKill.Bench.Http;

namespace SecKill.Bench.Scenarios;

/// <summary>The state of each coupon according to the answers. Thread-safe.</summary>
internal sealed class CouponBook
{
    private readonly Entry[] _entries;

    /// <summary>Nothing has been claimed yet.</summary>
    public CouponBook(IReadOnlyList<string> names, int pieces)
    {
        _entries = [.. names.Select(name => new Entry(name))];
        Pieces = pieces;
    }

    /// <summary>How many coupons there are.</summary>
    public int Count => _entries.Length;

    /// <summary>Units of each coupon.</summary>
    public int Pieces { get; }

    /// <summary>Some of the claims that won.</summary>
    public ClaimSample Winners { get; } = new();

    /// <summary>Some of the claims that were refused.</summary>
    public ClaimSample Losers { get; } = new();

    /// <summary>The coupons.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>A user claims; once a claim, however often it is tried.</summary>
    public void Sending(int coupon) => Interlocked.Increment(ref _entries[coupon].Claims);

    /// <summary>The final answer to a claim.</summary>
    public void Answered(int coupon, long user, in Answer answer)
    {
        var entry = _entries[coupon];
        switch (answer.Status)
        {
            case 201:
                Won(coupon, user);
                break;
            case 204 when answer.Result == ClaimResult.AlreadyClaimed:
                Interlocked.Increment(ref entry.Repeated);
                break;
            case 204:
                Interlocked.Increment(ref entry.Refused);
                Losers.Offer(coupon, user);
                break;
            case >= 500:
                // Unknown: it may have won.
                break;
            default:
                Interlocked.Increment(ref entry.Rejected);
                break;
        }
    }

    /// <summary>A claim has won.</summary>
    public void Won(int coupon, long user)
    {
        Interlocked.Increment(ref _entries[coupon].Won);
        Winners.Offer(coupon, user);
    }

    /// <summary>One coupon's counts.</summary>
    internal sealed class Entry(string name)
    {
        /// <summary>Claims that were sent.</summary>
        public long Claims;

        /// <summary>Claims that won.</summary>
        public long Won;

        /// <summary>Refused claims: sold out, or another reason.</summary>
        public long Refused;

        /// <summary>Claims that were told that their user owns a unit already.</summary>
        public long Repeated;

        /// <summary>Claims with a broken request, in the server's opinion.</summary>
        public long Rejected;

        /// <summary>The coupon's name.</summary>
        public string Name => name;

        /// <summary>Claims without a final answer, which may have won. Exact once nothing is under way any more.</summary>
        public long Unknown => Claims - Won - Refused - Repeated - Rejected;
    }
}
