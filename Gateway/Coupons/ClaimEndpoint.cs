using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using SecKill.Gateway.Auth;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Http;
using SecKill.Gateway.Telemetry;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Coupons;

/// <summary>Claim a piece of a coupon.</summary>
internal sealed class ClaimEndpoint(ClaimLanes lanes)
{
    /// <summary>The response header that tells a claim's outcome.</summary>
    public const string ResultHeader = "Claim-Result";

    /// <summary>Answers a request whose token is good.</summary>
    public async Task AnswerAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (caller.Kind != UserKind.Customer)
        {
            await Reply.Unauthorized("Sellers aren't allowed to get coupons.").ExecuteAsync(context);
            return;
        }
        // We measure claims ourselves. The web server's own measuring costs many times as much, and tells less.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } server)
            server.MetricsDisabled = true;
        var since = Stopwatch.GetTimestamp();
        // Names that cannot have been created need no grain.
        var outcome = CouponId.TryParse(path.User, path.Coupon, out var coupon)
            ? await lanes.ClaimAsync(coupon, caller.Name)
            : ClaimOutcome.NoSuchCoupon;
        GatewayMetrics.Answered(outcome, since);
        if (outcome == ClaimOutcome.Undecided)
        {
            await Faults.Unavailable(context, "The claim could not be decided. Try again.").ExecuteAsync(context);
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
