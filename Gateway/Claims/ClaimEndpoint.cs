using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using SecKill.Gateway.Accounts;
using SecKill.Gateway.Http;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Claims;

/// <summary>Claims a unit of a coupon.</summary>
internal sealed class ClaimEndpoint(ClaimChannels channels)
{
    /// <summary>The response header with the outcome.</summary>
    public const string ResultHeader = "Claim-Result";

    private static readonly Reply _noCustomer = Reply.Unauthorized("Sellers aren't allowed to get coupons.");
    private static readonly Reply _undecided = Reply.Unavailable("The claim could not be decided. Try again.");

    /// <summary>What the route answers.</summary>
    public static Reply[] Replies =>
    [
        Reply.With(StatusCodes.Status201Created).WithHeader(ResultHeader, WordOf(ClaimOutcome.Claimed)),
        .. new[] { ClaimOutcome.SoldOut, ClaimOutcome.AlreadyClaimed, ClaimOutcome.NoSuchCoupon }
            .Select(refusal => new Reply(StatusCodes.Status204NoContent).WithHeader(ResultHeader, WordOf(refusal))),
        _noCustomer,
        _undecided,
    ];

    /// <summary>Answers a request with a verified token.</summary>
    public async Task AnswerAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (caller.Kind != UserKind.Customer)
        {
            await _noCustomer.ExecuteAsync(context);
            return;
        }
        // GatewayMetrics measures claims. The server's own metrics cost many times as much and tell less.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } server)
            server.MetricsDisabled = true;
        var since = Stopwatch.GetTimestamp();
        // A name that no coupon can have needs no call.
        var outcome = CouponId.TryParse(path.User, path.Coupon, out var coupon)
            ? await channels.ClaimAsync(coupon, caller.Name.Value)
            : ClaimOutcome.NoSuchCoupon;
        GatewayMetrics.Answered(outcome, since);
        if (outcome == ClaimOutcome.Undecided)
        {
            await _undecided.ExecuteAsync(context);
            return;
        }
        context.Response.Headers[ResultHeader] = WordOf(outcome);
        if (outcome == ClaimOutcome.Claimed)
            RawJson.Write(context.Response, StatusCodes.Status201Created, RawJson.Success);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The header's word for an outcome.</summary>
    internal static string WordOf(ClaimOutcome outcome) => outcome switch
    {
        ClaimOutcome.Claimed => "claimed",
        ClaimOutcome.AlreadyClaimed => "already-claimed",
        ClaimOutcome.SoldOut => "sold-out",
        ClaimOutcome.NoSuchCoupon => "no-such-coupon",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An undecided claim has no result."),
    };
}
