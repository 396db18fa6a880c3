using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;

namespace SecKill.Gateway.Lists;

/// <summary>List coupons.</summary>
internal static class ListApi
{
    /// <summary>Adds what the route needs.</summary>
    public static void AddLists(this IServiceCollection services)
    {
        services.AddSingleton<ListCalls>();
        services.AddSingleton<ListEndpoint>();
    }

    /// <summary>Maps the route.</summary>
    public static void MapLists(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/users/{user}/coupons",
            (HttpContext context, Caller caller, PathNames path, ListEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path))
            .RequireAuthorization().WithDoc(CouponDocs.List);
}
