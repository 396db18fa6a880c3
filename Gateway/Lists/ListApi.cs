using SecKill.Gateway.Accounts;
using SecKill.Gateway.Docs;
using SecKill.Gateway.Http;

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
        routes.MapGet("/api/users/{user}/coupons", ListAsync).RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("listCoupons")
            .Answers(ListEndpoint.Replies).Takes(ListEndpoint.Parameters);

    /// <summary>List coupons</summary>
    /// <remarks>
    /// A seller's coupons, which everybody who is logged in may see, in the order of their creation; or one's own coupons as a customer, in the
    /// order in which they were claimed, without `amount` and `left`. A page holds 20. Two sellers may use one name:
    /// with `with=seller` each of one's own coupons also tells its `seller`.
    /// A seller's coupon whose stock cannot be verified at the moment comes without `left`.
    /// </remarks>
    /// <response code="200">The page.</response>
    /// <response code="204">The page is empty.</response>
    /// <response code="400">Not a list.</response>
    /// <response code="401">No valid token, or another customer's coupons.</response>
    internal static Task ListAsync(HttpContext context, Caller caller, PathNames path, ListEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path);
}
