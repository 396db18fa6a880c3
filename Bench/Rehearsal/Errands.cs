using System.Text.Json;
using SecKill.Bench.Http;
using SecKill.Bench.Load;
using SecKill.Bench.Scenarios;
using SecKill.Tests.LocalServers.Api;
using SecKill.Tests.LocalServers.Sales;

namespace SecKill.Bench.Rehearsal;

/// <summary>Acts for the customers of one connection after their claims: who was refused joins the line, owners return and redeem.</summary>
/// <param name="enqueue">Has an errand's next step done at a time on the <see cref="Clock"/>.</param>
internal sealed class Errands(Stage stage, SecondChances chances, RehearsalOptions options, LoadRun run, int connection, Action<Errand, long> enqueue)
{
    // After the last arrival.
    private static readonly TimeSpan _looksOn = TimeSpan.FromSeconds(5);

    // At most some thousand looks a second in all.
    private static readonly TimeSpan _leastLook = TimeSpan.FromSeconds(2);
    private const double LooksPerSecond = 2_000;

    private static readonly Step[] _join = [Step.Join, Step.Claim, Step.Look];
    private static readonly Step[] _claimAgain = [Step.Claim, Step.Join, Step.Claim, Step.Look];
    private static readonly Step[] _return = [Step.Return, Step.Claim];
    private static readonly Step[] _redeem = [Step.Receipt, Step.Redeem];
    private static readonly Step[] _returnFirst = [Step.Receipt, Step.Return, Step.Redeem, Step.Claim];
    private static readonly Step[] _redeemFirst = [Step.Receipt, Step.Redeem, Step.Return, Step.Claim];

    private readonly Random _random = new(connection);
    private readonly TimeSpan _look = TimeSpan.FromSeconds(Math.Max(_leastLook.TotalSeconds, options.Server.Waitlist * (double)options.Server.Coupons / LooksPerSecond));

    /// <summary>A claim was decided, with which a customer has come.</summary>
    public void Begin(long user, int coupon, Heard? heard, long sent, bool isRetry)
    {
        if (heard is not { } known)
            return;
        Judged(user, coupon, chances.JudgeOf(coupon).HearClaim(user, known, sent, Clock.Now, mayOwn: isRetry));
        if (known is Heard.Claimed or Heard.AlreadyClaimed)
            Own(user, coupon);
        else if (known == Heard.SoldOut && options.Server.Waitlist > 0)
            Enqueue(new Errand(user, coupon, _join));
    }

    /// <summary>Makes the request of a step.</summary>
    public void Prepare(Errand errand, RequestBuffer request)
    {
        var coupon = ApiClient.CouponOf(stage.Seller.Name, Stage.CouponName(errand.Coupon));
        var (target, me) = (stage.Targets[connection % stage.Targets.Count], stage.Crowd.NameOf(errand.User));
        if (errand.Step == Step.Redeem)
        {
            stage.WriteRedemption(connection, errand.Code!, request);
            return;
        }
        request.Begin(errand.Step == Step.Claim ? stage.ClaimHead(connection, errand.Coupon) : errand.Step switch
        {
            Step.Join => RequestBuffer.HeadOf(target, "PUT", $"{coupon}/waiting/{me}"),
            Step.Look => RequestBuffer.HeadOf(target, "GET", $"{coupon}/waiting/{me}"),
            Step.Return => RequestBuffer.HeadOf(target, "DELETE", $"{coupon}/claims/{me}"),
            _ => RequestBuffer.HeadOf(target, "GET", $"{coupon}/claims/{me}/receipt"),
        });
        stage.Crowd.WriteToken(errand.User, request);
    }

    /// <summary>A step is sent now.</summary>
    public void Sending(Errand errand, long now)
    {
        var judge = chances.JudgeOf(errand.Coupon);
        switch (errand.Step)
        {
            case Step.Join:
                judge.AskJoin(errand.User, now);
                if (chances.Hands.Of(errand.Coupon, errand.User) is null or Standing.Refused)
                    chances.Hands.Set(errand.Coupon, errand.User, Standing.InLine);
                break;
            case Step.Return:
                judge.AskReturn(errand.User, now);
                if (chances.Hands.Of(errand.Coupon, errand.User) == Standing.Owner)
                    chances.Hands.Set(errand.Coupon, errand.User, Standing.Returning);
                break;
            case Step.Redeem:
                judge.AskRedemption(errand.User, now);
                break;
        }
    }

    /// <summary>A step was answered, finally.</summary>
    public void Answered(Errand errand, in HttpReply reply, long sent)
    {
        var (user, coupon, judge, told) = (errand.User, errand.Coupon, chances.JudgeOf(errand.Coupon), Clock.Now);
        switch (errand.Step)
        {
            case Step.Claim:
                HearClaim(errand, reply, sent, told);
                return;
            case Step.Join or Step.Look when reply.Status is 200 or 201 && NumberOf(reply, "position") is { } place:
                Judged(user, coupon, judge.HearPlace(user, place, sent, told));
                HearPlace(errand, place);
                return;
            case Step.Join or Step.Look when reply.Refusal != Refusal.None:
                Judged(user, coupon, judge.HearNoPlace(user, reply.Refusal.Word(), sent, told));
                HearNoPlace(errand, reply.Refusal);
                return;
            case Step.Return when reply.Status is 200 or 409:
                Judged(user, coupon, judge.HearReturn(user, reply.Status == 200 ? null : reply.Refusal.Word(), sent, told));
                chances.Hands.Set(coupon, user, reply.Status == 200 ? Standing.Returned : reply.Refusal == Refusal.Redeemed ? Standing.Redeemed : Standing.Owner);
                break;
            case Step.Receipt when reply.Status == 200:
                errand = errand with { Code = TextOf(reply, "code") };
                break;
            case Step.Redeem when reply.Status is 200 or 409:
                Judged(user, coupon, judge.HearRedemption(user, reply.Status == 200 ? null : reply.Refusal.Word(), sent, told, isRepeat: errand.Tries > 0));
                if (reply.Status == 200)
                    chances.Hands.Set(coupon, user, Standing.Redeemed);
                break;
            default:
                // Counted as an answer that is not documented.
                return;
        }
        if (errand.Next is { } next)
            Enqueue(next);
    }

    private void HearClaim(Errand errand, in HttpReply reply, long sent, long told)
    {
        if (ClaimJudge.MeaningOf(reply.Status, reply.Result.Word(), saysWhenToRetry: true, hasTerms: true) is not { } heard)
            return;
        Judged(errand.User, errand.Coupon, chances.JudgeOf(errand.Coupon).HearClaim(errand.User, heard, sent, told, mayOwn: errand.Tries > 0));
        if (heard is Heard.Claimed or Heard.AlreadyClaimed)
            Serve(errand);
        else if (errand.Next is { } next)
            Enqueue(next);
    }

    private void HearPlace(Errand errand, long place)
    {
        if (errand.Step == Step.Join)
            chances.Joined();
        if (place == 0)
        {
            Serve(errand);
            return;
        }
        if (errand.Next is { } next)
            Enqueue(next);
        else if (Clock.Now is var now && now < run.Started + Clock.Ticks(options.Duration + _looksOn))
            enqueue(errand with { Tries = 0 }, now + Clock.Ticks(_look * (0.75 + _random.NextDouble() / 2)));
    }

    private void HearNoPlace(Errand errand, Refusal refusal)
    {
        if (refusal == Refusal.AlreadyClaimed)
        {
            Serve(errand);
            return;
        }
        chances.Hands.Set(errand.Coupon, errand.User, Standing.Refused);
        // A unit came back, and nobody waits.
        if (refusal == Refusal.NotSoldOut)
            Enqueue(errand with { Steps = _claimAgain, Tries = 0 });
    }

    /// <summary>One who was refused first owns a unit.</summary>
    private void Serve(Errand errand)
    {
        if (chances.Hands.Of(errand.Coupon, errand.User) is not (null or Standing.InLine or Standing.Refused))
            return;
        if (chances.Hands.Of(errand.Coupon, errand.User) == Standing.InLine)
            chances.Served();
        stage.Book.Served(errand.Coupon);
        Own(errand.User, errand.Coupon);
    }

    private void Own(long user, int coupon)
    {
        chances.Hands.Set(coupon, user, Standing.Owner);
        var (returns, redeems) = (_random.NextDouble() < options.Returns, _random.NextDouble() < options.Redeemed);
        var steps = (returns, redeems) switch
        {
            (true, true) => _random.Next(2) == 0 ? _returnFirst : _redeemFirst,
            (true, false) => _return,
            (false, true) => _redeem,
            _ => null,
        };
        if (steps is not null)
            Enqueue(new Errand(user, coupon, steps));
    }

    private void Judged(long user, int coupon, string? lie) => chances.Judged(coupon, user, lie);

    /// <summary>After a moment's thought; a claim after more than a lease.</summary>
    private void Enqueue(Errand errand)
    {
        var pause = TimeSpan.FromMilliseconds(errand.Step == Step.Join ? 0 : _random.Next(120, 600));
        enqueue(errand, Clock.Now + Clock.Ticks(pause));
    }

    private static long? NumberOf(in HttpReply reply, string name) => DataOf(reply)?.TryGetProperty(name, out var value) is true && value.TryGetInt64(out var number) ? number : null;

    private static string? TextOf(in HttpReply reply, string name) => DataOf(reply)?.TryGetProperty(name, out var value) is true ? value.GetString() : null;

    private static JsonElement? DataOf(in HttpReply reply)
    {
        try
        {
            using var body = JsonDocument.Parse(reply.Body);
            return body.RootElement.TryGetProperty("data", out var data) ? data.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
