using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

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
        var (coupon, user) = (attempt.Coupon, attempt.User);
        var heard = ClaimJudge.MeaningOf(answer.Status, OperationResult.WordOf(answer.Result), answer.RetryAfterSeconds > 0);
        if (answer.Status == 503)
        {
            if (heard is null)
                _lies.Add($"{coupon.Name}: 503 without Retry-After");
            return false;
        }
        _lies.CountChecked();
        Interlocked.Increment(ref _decided);
        coupon.LastDecided = Clock.Now;
        if (heard is not { } known)
        {
            _lies.Add($"{coupon.Name}: {answer.Status} with Claim-Result {answer.Result}");
            return true;
        }
        var isOwner = known == Heard.SoldOut ? coupon.IsOwner(user) : !coupon.TryAddOwner(user);
        // What is owned by a retry may have been won by the first try.
        var isAfterSoldOut = (known == Heard.AlreadyClaimed && attempt.IsRetry ? attempt.UndecidedSince : attempt.Sent) > coupon.SoldOutTold;
        if (known == Heard.SoldOut)
            coupon.TellSoldOut();
        if (ClaimJudge.FindLie(known, isOwner, mayOwn: attempt.IsRetry, isAfterSoldOut) is { } lie)
            _lies.Add($"{coupon.Name}: user {user} {lie}");
        return true;
    }

    /// <summary>The check that there was no lie. Where nothing was decided, nothing is proved.</summary>
    public CheckResult Check() => Decided > 0 ? _lies.Check(Name, Expected, Name) : new CheckResult(Name, false, Expected, "no claim was decided");
}
