namespace SecKill.Gateway.Lists;

/// <summary>List coupons.</summary>
internal static class ListApi
{
    public static void AddLists(this IServiceCollection services)
    {
        services.AddSingleton<KindCache>();
        services.AddSingleton<ListCalls>();
        services.AddSingleton<ListEndpoint>();
    }

    public static void MapLists(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/users/{user}/coupons", routes.ServiceProvider.GetRequiredService<ListEndpoint>().ListAsync)
            .RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("listCoupons").Answers(ListEndpoint.Replies).Takes(ListEndpoint.Parameters);
}
