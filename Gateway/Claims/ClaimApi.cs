using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;

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
        routes.MapPatch("/api/users/{user}/coupons/{coupon}",
            (HttpContext context, Caller caller, PathNames path, ClaimEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path))
            .RequireAuthorization().WithDoc(CouponDocs.Claim);
}
