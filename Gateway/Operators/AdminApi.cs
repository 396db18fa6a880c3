using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using SecKill.Grains.Interfaces.Audit;

namespace SecKill.Gateway.Operators;

/// <summary>For operators: compare Redis with the ledger, see which silo runs what, and rebuild a coupon's stock from the ledger.</summary>
internal sealed partial class AdminApi(IGrainFactory grains, ILogger<AdminApi> logger)
{
    private static readonly Reply _notACoupon = Reply.BadRequest("seller and coupon are needed, each once.");
    private static readonly Reply _wrongAfter = Reply.BadRequest("after must be the number that the page before gave as next.");
    private static readonly Reply _noSuchCoupon = Reply.With(StatusCodes.Status404NotFound, "The ledger has no such coupon.");

    /// <summary>Maps the routes, if a key is set.</summary>
    public static void Map(WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<AdminOptions>>().Value.Key.Length == 0)
            return;
        var api = ActivatorUtilities.CreateInstance<AdminApi>(app.Services);
        var operators = app.MapGroup("/api/admin").AddEndpointFilter(ActivatorUtilities.CreateInstance<AdminCheck>(app.Services)).WithTags(ApiOverview.Operators)
            .WithMetadata(new Credential(ApiOverview.AdminKey)).Answers(AdminCheck.Refusal);
        CustomerApi.Map(operators, app.Services);
        var admin = operators.MapGroup("").Answers(_notACoupon)
            .Takes(RouteParameter.User("seller", "With `coupon`: the seller."), RouteParameter.Coupon("With `seller`: the coupon's name."));
        admin.MapGet("audit", api.AuditAsync).WithName("audit").Answers(AdminSamples.Coupon, AdminSamples.Page, _wrongAfter, _noSuchCoupon).Takes(
            new("deep", "Look further: for one coupon into its owners' lists, for all at every name.", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false }, true),
            new("after", "The `next` of the page before.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" }, 4711));
        admin.MapGet("placement", api.PlacementAsync).WithName("placement").Answers(AdminSamples.Silos, AdminSamples.Placement);
        admin.MapPost("rebuild", api.RebuildAsync).WithName("rebuild").Answers(AdminSamples.Coupon, _noSuchCoupon)
            .Takes(RouteParameter.User("seller", "The seller's name."), RouteParameter.Coupon("The coupon's name."));
        StopsApi.Map(operators, app.Services);
    }

    /// <summary>Audit a coupon, or all</summary>
    /// <remarks>
    /// Whether Redis and the ledger agree. It changes nothing. With `seller` and `coupon`: that coupon; without: a page of all coupons, newest
    /// first, with the number of coupons of each verdict, and in full those that do not simply agree.
    /// </remarks>
    /// <response code="200">What was found.</response>
    /// <response code="400">The query cannot be read.</response>
    /// <response code="401">Not the operators' key.</response>
    /// <response code="404">No such coupon.</response>
    internal async Task<Results<Ok<AuditAnswer>, Ok<AuditPageAnswer>, Reply>> AuditAsync(HttpRequest request)
    {
        var query = request.Query;
        var (address, deep, audits) = (request.HttpContext.Connection.RemoteIpAddress, query["deep"] == "true", grains.GetGrain<IAuditGrain>(0));
        if (NamesCoupon(query))
        {
            if (FindRefusal(query, out var coupon) is { } refusal)
                return refusal;
            LogAudit(address, coupon.Key, deep);
            var audit = await audits.Audit(coupon, deep);
            return audit.Verdict == AuditVerdict.NoSuchCoupon ? _noSuchCoupon : TypedResults.Ok(new AuditAnswer("", AuditItem.Of(audit)));
        }
        var after = long.MaxValue;
        if (query.TryGetValue("after", out var text) && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return _wrongAfter;
        LogAuditPage(address, after, deep);
        return TypedResults.Ok(AuditPageAnswer.Of(await audits.AuditPage(after, deep)));
    }

    /// <summary>On which silos coupons are active</summary>
    /// <remarks>
    /// Without `seller` and `coupon`: every silo, and how many coupons and other grains are active there. With both: the silo of that coupon,
    /// without activating it.
    /// </remarks>
    /// <response code="200">Where they are. `data` of a coupon has no `silo` while it is active nowhere.</response>
    /// <response code="400">The query cannot be read.</response>
    /// <response code="401">Not the operators' key.</response>
    internal async Task<Results<Ok<PlacementAnswer>, Ok<CouponPlacementAnswer>, Reply>> PlacementAsync(HttpRequest request)
    {
        if (!NamesCoupon(request.Query))
            return TypedResults.Ok(await Placements.OfAllAsync(grains));
        return FindRefusal(request.Query, out var coupon) is { } refusal ? refusal : TypedResults.Ok(await Placements.OfAsync(grains, coupon));
    }

    /// <summary>Rebuild a coupon's stock</summary>
    /// <remarks>
    /// Rebuilds the coupon's stock in Redis from the ledger and from all claims that grains still hold, as after a loss of Redis. No answer is
    /// wrong meanwhile; claims wait, or are answered 503.
    /// </remarks>
    /// <response code="200">Rebuilt; what an audit finds now.</response>
    /// <response code="400">Not a coupon.</response>
    /// <response code="401">Not the operators' key.</response>
    /// <response code="404">No such coupon.</response>
    internal async Task<Results<Ok<AuditAnswer>, Reply>> RebuildAsync(HttpRequest request)
    {
        if (FindRefusal(request.Query, out var coupon) is { } refusal)
            return refusal;
        LogRebuild(request.HttpContext.Connection.RemoteIpAddress, coupon.Key);
        if (!await grains.GetGrain<ICouponGrain>(coupon.Key).Rebuild())
            return _noSuchCoupon;
        return TypedResults.Ok(new AuditAnswer("", AuditItem.Of(await grains.GetGrain<IAuditGrain>(0).Audit(coupon, deep: false))));
    }

    private static bool NamesCoupon(IQueryCollection query) => query.ContainsKey("seller") || query.ContainsKey("coupon");

    /// <returns>The refusal, or null if the query names a coupon.</returns>
    private static Reply? FindRefusal(IQueryCollection query, out CouponId coupon)
    {
        coupon = default;
        if (query["seller"] is not [{ } seller] || query["coupon"] is not [{ } name])
            return _notACoupon;
        return CouponId.TryParse(seller, name, out coupon, out var fault) ? null : Reply.BadRequest(fault);
    }

    [LoggerMessage(EventIds.AdminAudit, LogLevel.Information, "Operator at {Address}: audit of coupon {Coupon}, deep: {Deep}.")]
    private partial void LogAudit(IPAddress? address, string coupon, bool deep);

    [LoggerMessage(EventIds.AdminAuditPage, LogLevel.Information, "Operator at {Address}: audit of all coupons, after {After}, deep: {Deep}.")]
    private partial void LogAuditPage(IPAddress? address, long after, bool deep);

    [LoggerMessage(EventIds.AdminRebuild, LogLevel.Information, "Operator at {Address}: rebuilding of coupon {Coupon}.")]
    private partial void LogRebuild(IPAddress? address, string coupon);
}
