using SecKill.Gateway.Accounts;
using SecKill.Gateway.Docs;
using SecKill.Gateway.Http;

namespace SecKill.Gateway.Claims;

/// <summary>Claim coupons.</summary>
internal static class ClaimApi
{
    /// <summary>Adds what the route needs.</summary>
    public static void AddClaims(this IServiceCollection services)
    {
        services.AddSingleton<ClaimChannels>();
        services.AddHostedService(provider => provider.GetRequiredService<ClaimChannels>());
        services.AddSingleton<ClaimEndpoint>();
        services.AddSingleton<HotRoutes>();
    }

    /// <summary>Maps the route.</summary>
    public static void MapClaims(this IEndpointRouteBuilder routes) =>
        routes.MapPatch("/api/users/{user}/coupons/{coupon}", ClaimAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("claimCoupon")
            .Answers(ClaimEndpoint.Replies);

    /// <summary>Claim a unit of a coupon</summary>
    /// <remarks>
    /// Customers only; one unit a customer. A claim that was answered 201 is permanent. Safe to send again: the owner is then answered `already-claimed`.
    /// </remarks>
    /// <response code="201">Claimed.</response>
    /// <response code="204">Not claimed; the header tells why.</response>
    /// <response code="401">No valid token, or a seller's.</response>
    internal static Task ClaimAsync(HttpContext context, Caller caller, PathNames path, ClaimEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path);
}
