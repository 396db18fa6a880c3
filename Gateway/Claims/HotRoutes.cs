using Microsoft.AspNetCore.Http.Features;
using SecKill.Gateway.Lists;

namespace SecKill.Gateway.Claims;

/// <summary>
/// Takes the two hot requests, claims and lists, past the pipeline if request and token are in their plainest form. All others take the
/// pipeline to the same endpoints: a request is answered alike on both ways, or refused on the second.
/// </summary>
internal sealed class HotRoutes(TokenReader tokens, ClaimEndpoint claims, ListEndpoint lists)
{
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        var isClaim = HttpMethods.IsPatch(request.Method);
        if (!isClaim && !HttpMethods.IsGet(request.Method))
            return next(context);
        var target = request.RawTarget.AsSpan();
        if (!PathNames.TryReadPlain(target.IndexOf('?') is >= 0 and var end ? target[..end] : target, out var names) || names.Coupon.Length > 0 != isClaim)
            return next(context);
        if (tokens.ReadOne(request.Headers.Authorization, out var token) != TokenState.Good)
            return next(context);
        return isClaim ? claims.ClaimAsync(context, token.Caller, names) : lists.ListAsync(context, token.Caller, names);
    }
}
