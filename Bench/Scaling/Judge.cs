using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Reports;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scaling;

/// <summary>Checks every answer to a claim against earlier ones. Thread-safe.</summary>
internal sealed class Judge
{
    private const string Name = "answers";
    private const string Expected = "each is documented, and true by all that was told before";

    private readonly Violations _lies = new();
    private long _decided;

    /// <summary>Claims that were decided, and told.</summary>
    public long Decided => Volatile.Read(ref _decided);

    /// <summary>Records an answer; returns whether the claim is decided.</summary>
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
        // A retry's already-claimed may come from the first try's win.
        var isAfterSoldOut = (known == Heard.AlreadyClaimed && attempt.IsRetry ? attempt.UndecidedSince : attempt.Sent) > coupon.SoldOutTold;
        if (known == Heard.SoldOut)
            coupon.TellSoldOut();
        if (ClaimJudge.FindLie(known, isOwner, mayOwn: attempt.IsRetry, isAfterSoldOut) is { } lie)
            _lies.Add($"{coupon.Name}: user {user} {lie}");
        return true;
    }

    /// <summary>The check that no answer was false. Without decided claims it proves nothing, so it fails.</summary>
    public CheckResult Check() => Decided > 0 ? _lies.Check(Name, Expected, Name) : new CheckResult(Name, false, Expected, "no claim was decided");
}
