using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using SecKill.Gateway.Http;
using SecKill.Gateway.OpenApi;
using SecKill.Gateway.OpenApi.Routes;
using SecKill.Grains.Interfaces.Audit;
using SecKill.Grains.Interfaces.Coupons;

namespace SecKill.Gateway.Admin;

/// <summary>For operators: tell whether Redis and the ledger agree and which silo has what, and rebuild a coupon's stock from the ledger.</summary>
internal static partial class AdminApi
{
    /// <summary>Maps the routes, unless no key is set.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<AdminOptions>>().Value.Key.Length == 0)
            return;
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SecKill.Gateway.Admin");
        var admin = app.MapGroup("/api/admin").AddEndpointFilter(ActivatorUtilities.CreateInstance<AdminCheck>(app.Services));
        admin.MapGet("audit", (HttpContext context, IGrainFactory grains) => AuditAsync(context, grains, logger)).WithDoc(OperatorDocs.Audit);
        admin.MapGet("placement", (HttpContext context, IGrainFactory grains) => PlacementAsync(context, grains)).WithDoc(OperatorDocs.Placement);
        admin.MapPost("rebuild", (HttpContext context, IGrainFactory grains) => RebuildAsync(context, grains, logger)).WithDoc(OperatorDocs.Rebuild);
    }

    private static Task<IResult> AuditAsync(HttpContext context, IGrainFactory grains, ILogger logger)
    {
        var query = context.Request.Query;
        var deep = query["deep"] == "true";
        return query.ContainsKey("seller") || query.ContainsKey("coupon")
            ? AuditOneAsync(context, grains, deep, logger)
            : AuditPageAsync(context, grains, deep, logger);
    }

    private static async Task<IResult> AuditOneAsync(HttpContext context, IGrainFactory grains, bool deep, ILogger logger)
    {
        if (FindCoupon(context.Request.Query, out var coupon) is { } fault)
            return Reply.BadRequest(fault);
        LogAudit(logger, context.Connection.RemoteIpAddress, coupon.Key, deep);
        var audit = await grains.GetGrain<IAuditGrain>(0).Audit(coupon, deep);
        return audit.Verdict == AuditVerdict.NoSuchCoupon ? NoSuchCoupon() : With(audit);
    }

    private static async Task<IResult> AuditPageAsync(HttpContext context, IGrainFactory grains, bool deep, ILogger logger)
    {
        var after = long.MaxValue;
        if (context.Request.Query.TryGetValue("after", out var text)
            && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            return Reply.BadRequest("after must be the number that the page before gave as next.");
        }
        LogAuditPage(logger, context.Connection.RemoteIpAddress, after, deep);
        var page = await grains.GetGrain<IAuditGrain>(0).AuditPage(after, deep);
        var answer = new AuditPageAnswer(
            "",
            page.Audits.CountBy(audit => audit.Verdict).ToDictionary(),
            [.. page.Audits.Where(audit => audit.Verdict is not (AuditVerdict.Agrees or AuditVerdict.Draining)).Select(AuditItem.Of)],
            page.Next > 0 ? page.Next : null);
        return Results.Json(answer, AdminJson.Plain.AuditPageAnswer);
    }

    private static async Task<IResult> PlacementAsync(HttpContext context, IGrainFactory grains)
    {
        var query = context.Request.Query;
        if (!query.ContainsKey("seller") && !query.ContainsKey("coupon"))
            return Results.Json(await PlacementApi.OfAllAsync(grains), AdminJson.Plain.PlacementAnswer);
        return FindCoupon(query, out var coupon) is { } fault
            ? Reply.BadRequest(fault)
            : Results.Json(await PlacementApi.OfAsync(grains, coupon), AdminJson.Plain.CouponPlacementAnswer);
    }

    private static async Task<IResult> RebuildAsync(HttpContext context, IGrainFactory grains, ILogger logger)
    {
        if (FindCoupon(context.Request.Query, out var coupon) is { } fault)
            return Reply.BadRequest(fault);
        LogRebuild(logger, context.Connection.RemoteIpAddress, coupon.Key);
        return await grains.GetGrain<ICouponGrain>(coupon.Key).Rebuild()
            ? With(await grains.GetGrain<IAuditGrain>(0).Audit(coupon, deep: false))
            : NoSuchCoupon();
    }

    /// <returns>What is wrong with the query, or null.</returns>
    private static string? FindCoupon(IQueryCollection query, out CouponId coupon)
    {
        coupon = default;
        if (query["seller"] is not [{ } seller] || query["coupon"] is not [{ } name])
            return "seller and coupon are needed, each once.";
        return CouponId.TryParse(seller, name, out coupon, out var fault) ? null : fault;
    }

    private static IResult With(CouponAudit audit) => Results.Json(new AuditAnswer("", AuditItem.Of(audit)), AdminJson.Plain.AuditAnswer);

    private static IResult NoSuchCoupon() => Reply.With(StatusCodes.Status404NotFound, "The ledger has no such coupon.");

    [LoggerMessage(LogLevel.Information, "Operator at {Address}: audit of coupon {Coupon}, deep: {Deep}.")]
    private static partial void LogAudit(ILogger logger, IPAddress? address, string coupon, bool deep);

    [LoggerMessage(LogLevel.Information, "Operator at {Address}: audit of all coupons, after {After}, deep: {Deep}.")]
    private static partial void LogAuditPage(ILogger logger, IPAddress? address, long after, bool deep);

    [LoggerMessage(LogLevel.Information, "Operator at {Address}: rebuilding of coupon {Coupon}.")]
    private static partial void LogRebuild(ILogger logger, IPAddress? address, string coupon);
}
