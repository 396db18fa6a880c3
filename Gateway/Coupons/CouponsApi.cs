using System.Text.Json;
using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.Limits;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Coupons;

/// <summary>Create, list and claim coupons.</summary>
internal static class CouponsApi
{
    /// <summary>Adds what the routes need.</summary>
    public static void AddCouponEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<ListReadings>();
        services.AddSingleton<ListEndpoint>();
        services.AddSingleton<ClaimEndpoint>();
        services.AddSingleton<QuickRoutes>();
    }

    /// <summary>Maps the routes.</summary>
    public static void MapCoupons(this IEndpointRouteBuilder routes)
    {
        var coupons = routes.MapGroup("/api/users/{user}/coupons").RequireAuthorization();
        coupons.MapPost("", CreateAsync).WithDoc(CouponDocs.Create);
        coupons.MapGet("", (HttpContext context, Caller caller, PathNames path, ListEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path))
            .WithDoc(CouponDocs.List);
        coupons.MapPatch("{coupon}", (HttpContext context, Caller caller, PathNames path, ClaimEndpoint endpoint) => endpoint.AnswerAsync(context, caller, path))
            .WithDoc(CouponDocs.Claim);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, CreationLimit limit)
    {
        if (caller.Kind != UserKind.Seller)
            return Reply.Unauthorized("Only sellers can create coupons.");
        if (path.User != caller.Name)
            return Reply.Unauthorized("Cannot create coupons for other users.");
        if (await JsonBody.ReadObjectAsync(context.Request) is not { } body
            || !body.TryGetText("name", out var name)
            || !TryGetDescription(body, out var description)
            || !body.TryGetNumber("amount", out var amount)
            || !body.TryGetNumber("stock", out var stock))
        {
            return Reply.BadRequest(JsonBody.Refusal);
        }
        if (!CouponName.TryParseNewName(name, out var couponName, out var nameFault))
            return Reply.BadRequest(nameFault);
        if (CouponTerms.FindDescriptionFault(description) is { } textFault)
            return Reply.BadRequest(textFault);
        if (amount is not >= 1)
            return Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
        if (stock is not >= 0)
            return Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");
        if (limit.Count(context, caller.Name) is { } tooMany)
            return tooMany;

        var coupon = grains.GetGrain<ICouponGrain>(new CouponId(UserName.Known(caller.Name), couponName).Key);
        return await coupon.Create(new CouponTerms(amount.Value, stock.Value, description)) == CreateCouponOutcome.Created
            ? Reply.With(StatusCodes.Status201Created)
            : Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    }

    /// <summary>A description may be missing, null or empty: all the same.</summary>
    private static bool TryGetDescription(JsonElement body, out string description)
    {
        description = "";
        if (body.TryGetProperty("description", out var field) && field.ValueKind == JsonValueKind.Null)
            return true;
        var isText = body.TryGetText("description", out var text);
        description = text ?? "";
        return isText;
    }
}
