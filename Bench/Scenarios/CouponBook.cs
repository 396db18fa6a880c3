using SecKill.Bench.Http;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scenarios;

/// <summary>The state of each coupon according to the answers. Thread-safe.</summary>
internal sealed class CouponBook
{
    private readonly Entry[] _entries;

    /// <summary>Nothing has been claimed yet.</summary>
    public CouponBook(IReadOnlyList<string> names, int units)
    {
        _entries = [.. names.Select(name => new Entry(name))];
        Units = units;
    }

    /// <summary>How many coupons there are.</summary>
    public int Count => _entries.Length;

    /// <summary>Units of each coupon.</summary>
    public int Units { get; }

    /// <summary>Some of the claims that won.</summary>
    public ClaimSample Winners { get; } = new();

    /// <summary>Some of the claims that were refused.</summary>
    public ClaimSample Losers { get; } = new();

    /// <summary>Answers that contradict earlier ones.</summary>
    public Findings Lies { get; } = new("lies", "answers that may be true");

    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The answers about each coupon; exact once no claim is under way.</summary>
    public IEnumerable<CouponOutcome> Outcomes => _entries.Select((coupon, i) =>
    {
        var outcome = new CouponOutcome(coupon.Name, Units, coupon.Won, coupon.Refused, coupon.Undecided);
        return Hands?.Adjust(i, outcome) ?? outcome;
    });

    /// <summary>Where units change hands after they were won: what is known of that; else null.</summary>
    public UnitHands? Hands { get; set; }

    /// <summary>Whether a customer owns a unit now; false where that is not known.</summary>
    /// <param name="hasWon">Whether the claim was answered so.</param>
    public bool Owns(int coupon, long user, bool hasWon, out bool owns)
    {
        owns = hasWon;
        return Hands is null || Hands.Knows(coupon, user, ref owns);
    }

    /// <summary>A user claims; once a claim, however often it is tried.</summary>
    public void Sending(int coupon) => Interlocked.Increment(ref _entries[coupon].Claims);

    /// <summary>Records the final answer to a claim, which is the user's first one of this coupon.</summary>
    /// <param name="coupon">The coupon.</param>
    /// <param name="user">The user.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="isRetry">An earlier try of the same claim is undecided.</param>
    public void Answered(int coupon, long user, in HttpReply reply, bool isRetry = false)
    {
        var entry = _entries[coupon];
        var heard = ClaimJudge.MeaningOf(reply.Status, reply.Result.Word(), saysWhenToRetry: true);
        if (heard is { } known && ClaimJudge.FindLie(known, isOwner: false, mayOwn: isRetry, isAfterSoldOut: false) is { } lie)
            Lies.Add($"{entry.Name}: user {user} {lie}");
        switch (reply.Status)
        {
            case 201:
            case 204 when heard == Heard.AlreadyClaimed:
                Interlocked.Increment(ref entry.Won);
                Winners.Offer(coupon, user);
                break;
            case 204:
                Interlocked.Increment(ref entry.Refused);
                Losers.Offer(coupon, user);
                break;
            case >= 500:
                // Undecided: it may have won.
                break;
            default:
                Interlocked.Increment(ref entry.Rejected);
                break;
        }
    }

    /// <summary>A customer whose claim was refused owns a unit now.</summary>
    public void Served(int coupon)
    {
        Interlocked.Decrement(ref _entries[coupon].Refused);
        Interlocked.Increment(ref _entries[coupon].Won);
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

        /// <summary>Claims that the server took for broken requests.</summary>
        public long Rejected;

        /// <summary>The coupon's name.</summary>
        public string Name => name;

        /// <summary>Claims without a final answer, which may have won. Exact once nothing is under way any more.</summary>
        public long Undecided => Claims - Won - Refused - Rejected;
    }
}
