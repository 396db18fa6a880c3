using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;

namespace SecKill.Bench.Scaling;

/// <summary>Hears every answer to a claim, and finds those that cannot be true by what was told before. For any thread.</summary>
internal sealed class Judge
{
    private const string Name = "answers";
    private const string Expected = "each is documented, and true by all that was told before";

    private readonly Violations _lies = new();
    private long _decided;

    /// <summary>Claims that were decided, and told.</summary>
    public long Decided => Volatile.Read(ref _decided);

    /// <summary>Takes note of an answer, and tells whether the claim is decided.</summary>
    public bool Hears(in Attempt attempt, in Answer answer)
    {
        if (answer.Status == 503)
        {
            if (answer.RetryAfterSeconds == 0)
                _lies.Add($"{attempt.Coupon.Name}: 503 without Retry-After");
            return false;
        }
        _lies.CountChecked();
        Interlocked.Increment(ref _decided);
        attempt.Coupon.LastDecided = Clock.Now;
        if (FindLie(attempt, answer) is { } lie)
            _lies.Add($"{attempt.Coupon.Name}: {lie}");
        return true;
    }

    /// <summary>The check that there was no lie. Where nothing was decided, nothing is proved.</summary>
    public CheckResult Check() => Decided > 0 ? _lies.Check(Name, Expected, Name) : new CheckResult(Name, false, Expected, "no claim was decided");

    private static string? FindLie(in Attempt attempt, in Answer answer)
    {
        var (coupon, user) = (attempt.Coupon, attempt.User);
        switch (answer.Status, answer.Result)
        {
            case (201, ClaimResult.Claimed):
                return coupon.TryAddOwner(user) ? FindWinAfterSoldOut(attempt, attempt.Sent) : $"user {user} was told twice that he won";
            case (204, ClaimResult.AlreadyClaimed) when !coupon.TryAddOwner(user):
                return null;
            case (204, ClaimResult.AlreadyClaimed):
                // He may own it from an earlier try, whose answer did not come; else he must have been told before.
                return attempt.IsRetry ? FindWinAfterSoldOut(attempt, attempt.UndecidedSince) : $"user {user} was told that he owns it, but never that he won";
            case (204, ClaimResult.SoldOut):
                coupon.TellSoldOut();
                return coupon.IsOwner(user) ? $"user {user}, who owns it, was told that it is sold out" : null;
            default:
                return $"{answer.Status} with Claim-Result {answer.Result}";
        }
    }

    /// <summary>Nobody gives a piece back, so what was sold out then is sold out for ever.</summary>
    private static string? FindWinAfterSoldOut(in Attempt attempt, long asked) => asked > attempt.Coupon.SoldOutTold
        ? $"user {attempt.User} won, who asked {Clock.Micros(asked - attempt.Coupon.SoldOutTold) / 1_000.0:N1} ms after sold-out was told"
        : null;
}
