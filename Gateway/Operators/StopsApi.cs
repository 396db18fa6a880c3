using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using SecKill.Grains.Interfaces.Stops;

namespace SecKill.Gateway.Operators;

/// <summary>For operators: stop the sale of a coupon, of a seller's coupons, or of everything, and start it again.</summary>
internal sealed partial class StopsApi(IGrainFactory grains, KindCache kinds, ILogger<StopsApi> logger)
{
    private static readonly Reply _wrongScope = Reply.BadRequest("scope must be coupon (with seller and coupon), seller (with seller) or all, each once.");
    private static readonly Reply _noSuchSeller = Reply.With(StatusCodes.Status404NotFound, "No such seller.");
    private static readonly Reply _noSuchCoupon = Reply.With(StatusCodes.Status404NotFound, "No such coupon.");

    /// <summary>Maps the routes into the operators' group.</summary>
    public static void Map(RouteGroupBuilder admin, IServiceProvider services)
    {
        var api = ActivatorUtilities.CreateInstance<StopsApi>(services);
        RouteParameter scope = new(
            "scope", "What is stopped.",
            new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Enum.GetNames<StopScope>().Select(name => (JsonNode)name.ToLowerInvariant())] }, "coupon");
        RouteParameter[] query = [scope, RouteParameter.User("seller", "With `seller` and `coupon`: the seller's name."), RouteParameter.Coupon("With `coupon`: the coupon's name.")];
        admin.MapPost("stop", api.StopAsync).WithName("stop").Answers(StopsAnswer.Sample, _wrongScope, _noSuchSeller, _noSuchCoupon).Takes(query);
        admin.MapPost("start", api.StartAsync).WithName("start").Answers(StopsAnswer.Sample, _wrongScope, _noSuchSeller, _noSuchCoupon).Takes(query);
    }

    /// <summary>Stop a sale</summary>
    /// <remarks>
    /// No unit of the coupon, of the seller's coupons, or at all, is won until it is started again: claims are answered `paused`, owners
    /// `already-claimed`. All gateways and silos are told before the answer. One that cannot be told asks every 2 s; until then a unit is won only
    /// where neither the gateway nor the silo of a claim knows of it. Each stop is lifted by itself, and a seller's pause stays. Safe to send again.
    /// </remarks>
    /// <response code="200">Stopped; all stops that are set.</response>
    /// <response code="400">Not a scope.</response>
    /// <response code="401">Not the operators' key.</response>
    /// <response code="404">No such seller or coupon.</response>
    internal Task<Results<Ok<StopsAnswer>, Reply>> StopAsync(HttpRequest request) => SetAsync(request, isStopped: true);

    /// <summary>Start a sale again</summary>
    /// <remarks>Lifts a stop; others, and a seller's pause, stay. Safe to send again.</remarks>
    /// <response code="200">Lifted; all stops that are still set.</response>
    /// <response code="400">Not a scope.</response>
    /// <response code="401">Not the operators' key.</response>
    /// <response code="404">No such seller or coupon.</response>
    internal Task<Results<Ok<StopsAnswer>, Reply>> StartAsync(HttpRequest request) => SetAsync(request, isStopped: false);

    private async Task<Results<Ok<StopsAnswer>, Reply>> SetAsync(HttpRequest request, bool isStopped)
    {
        var (stop, refusal) = await FindAsync(request.Query);
        if (stop is null)
            return refusal!;
        LogStop(request.HttpContext.Connection.RemoteIpAddress, isStopped ? "stop" : "start", stop);
        return TypedResults.Ok(StopsAnswer.Of(await grains.GetGrain<IStopGrain>(0).Change(stop, isStopped)));
    }

    /// <returns>What the query names, or why that is none.</returns>
    private async Task<(SaleStop? Stop, Reply? Refusal)> FindAsync(IQueryCollection query)
    {
        var (scope, seller, coupon) = (query["scope"], query["seller"], query["coupon"]);
        switch (scope.Count == 1 ? scope[0] : null)
        {
            case "all" when seller.Count == 0 && coupon.Count == 0:
                return (SaleStop.All, null);
            case "seller" when seller is [{ } name] && coupon.Count == 0:
                return UserName.TryParse(name, out var user, out _) && await kinds.FindAsync(user.Value) == UserKind.Seller
                    ? (SaleStop.Of(user), null) : (null, _noSuchSeller);
            case "coupon" when seller is [{ } name] && coupon is [{ } of]:
                return CouponId.TryParse(name, of, out var id) && await grains.GetGrain<ICouponGrain>(id.Key).Operations(0, 1) is not null
                    ? (SaleStop.Of(id), null) : (null, _noSuchCoupon);
            default:
                return (null, _wrongScope);
        }
    }

    [LoggerMessage(EventIds.AdminStop, LogLevel.Warning, "Operator at {Address}: {Action} of {Stop}.")]
    private partial void LogStop(IPAddress? address, string action, SaleStop stop);
}
