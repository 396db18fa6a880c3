namespace SecKill.Gateway.Claims;

/// <summary>Claim coupons.</summary>
internal static class ClaimApi
{
    public static void AddClaims(this IServiceCollection services)
    {
        services.AddSingleton<ClaimChannels>();
        services.AddHostedService(provider => provider.GetRequiredService<ClaimChannels>());
        services.AddSingleton<ClaimEndpoint>();
        services.AddSingleton<HotRoutes>();
    }

    public static void MapClaims(this IEndpointRouteBuilder routes) =>
        routes.MapPatch("/api/users/{user}/coupons/{coupon}", routes.ServiceProvider.GetRequiredService<ClaimEndpoint>().ClaimAsync)
            .RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("claimCoupon").Answers(ClaimEndpoint.Replies);
}
