using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Scaling;

/// <summary>Judges every answer to a claim by earlier ones. Thread-safe.</summary>
internal sealed class Judge
{
    private const string Name = "answers";
    private const string Expected = "each is documented, and true by all that was told before";

    private readonly Findings _answers = new(Name, Expected);

    /// <summary>Claims that were decided, and told.</summary>
    public long Decided => _answers.Checked;

    /// <summary>Records an answer; returns whether the claim is decided.</summary>
    public bool Hears(in Attempt attempt, in HttpReply reply)
    {
        var (coupon, user) = (attempt.Coupon, attempt.User);
        var heard = ClaimJudge.MeaningOf(reply.Status, reply.Result.Word(), reply.RetryAfterSeconds > 0);
        if (reply.Status == 503)
        {
            if (heard is null)
                _answers.Add($"{coupon.Name}: 503 without Retry-After");
            return false;
        }
        _answers.CountChecked();
        coupon.LastDecided = Clock.Now;
        if (heard is not { } known)
            _answers.Add($"{coupon.Name}: {reply.Status} with Claim-Result {reply.Result}");
        else if (coupon.Hear(user, known, attempt.Sent, attempt.IsRetry ? attempt.UndecidedSince : null) is { } lie)
            _answers.Add($"{coupon.Name}: user {user} {lie}");
        return true;
    }

    /// <summary>The check that no answer was false. Without decided claims it proves nothing, so it fails.</summary>
    public CheckResult Check() => Decided > 0 ? _answers.Result($"so in all {Decided:N0} answers") : new CheckResult(Name, false, Expected, "no claim was decided");
}
