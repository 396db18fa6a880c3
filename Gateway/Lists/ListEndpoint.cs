using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;
using SecKill.Grains.Interfaces.Lists;

namespace SecKill.Gateway.Lists;

/// <summary>Answers lists, for the pipeline and for <see cref="Claims.HotRoutes"/>.</summary>
internal sealed class ListEndpoint(ListCalls calls, KindCache kinds, IGrainFactory grains, LedgerReads reads)
{
    private static readonly Reply _wrongPage = Reply.BadRequest("Wrong format of page.");
    private static readonly Reply _noSuchUser = Reply.BadRequest("Record not found.");
    private static readonly Reply _otherCustomer = new(StatusCodes.Status401Unauthorized, new ListAnswer("Cannot check other customer.", []), "other-customer");

    /// <summary>What the route answers.</summary>
    private static Reply[] Replies =>
    [
        Sample("seller", new CouponItem("breakfast", 5, "早餐", 20, 7)),
        Sample("customer", new CouponItem("breakfast", 5, "早餐", null, null)),
        Sample("customer-with-sellers", new CouponItem("breakfast", 5, "早餐", null, null, "bob")),
        new(StatusCodes.Status204NoContent),
        _wrongPage, _noSuchUser, _otherCustomer,
        .. SearchParameters.Replies,
    ];

    /// <summary>What it takes in path and query.</summary>
    private static RouteParameter[] Parameters =>
    [
        RouteParameter.User("user", "A seller's name, or one's own."),
        new("page", "A whole number. None, 0 and negative ones mean the first page.", new OpenApiSchema { Type = JsonSchemaType.Integer, Default = 1 }, 1),
        new("with", "`seller` has a customer's own coupons tell whose they are. Anything else is ignored.", new OpenApiSchema { Type = JsonSchemaType.String }, "seller"),
        .. SearchParameters.Documented,
    ];

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<KindCache>();
        services.AddSingleton<ListCalls>();
        services.AddSingleton<ListEndpoint>();
    }

    public static void Map(WebApplication app) => app.MapGet("/api/users/{user}/coupons", app.Services.GetRequiredService<ListEndpoint>().ListAsync)
        .RequireAuthorization().WithTags(ApiOverview.Coupons).WithName("listCoupons").Answers(Replies).Takes(Parameters);

    /// <summary>List coupons</summary>
    /// <remarks>
    /// A seller's coupons, which everybody who is logged in may see, in the order of their creation; or one's own coupons as a customer, in the
    /// order in which they were claimed, without `amount` and `left`. A page holds 20. Two sellers may use one name:
    /// with `with=seller` each of one's own coupons also tells its `seller`.
    /// A seller's coupon whose stock cannot be verified at the moment comes without `left`.
    /// With `after`, `state` or `q` it is a search among a seller's coupons instead: each tells its `state`, and `next` is the `after` of the next
    /// page, null at the end. A page holds at most 20, and may hold fewer, even none, before the end.
    /// </remarks>
    /// <response code="200">The page.</response>
    /// <response code="204">The page is empty.</response>
    /// <response code="400">Not a list.</response>
    /// <response code="401">No valid token, or another customer's coupons.</response>
    internal async Task ListAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (SearchParameters.AreIn(context.Request.Query))
        {
            await SearchAsync(context, caller, path);
            return;
        }
        if (!TryReadPage(context.Request.Query["page"], out var page))
        {
            await _wrongPage.ExecuteAsync(context);
            return;
        }
        // The token tells the caller's own kind, so the caller's own list needs no look-up of an account.
        var kind = path.User == caller.Name.Value ? caller.Kind : await kinds.FindAsync(path.User);
        if (kind is null)
            await _noSuchUser.ExecuteAsync(context);
        else if (kind == UserKind.Customer && path.User != caller.Name.Value)
            await _otherCustomer.ExecuteAsync(context);
        else if (await calls.ReadAsync(new ListQuery(path.User, kind.Value, page, AsksForSeller(context.Request.Query["with"]))) is { } json)
            Reply.WriteJson(context.Response, StatusCodes.Status200OK, json);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task SearchAsync(HttpContext context, Caller caller, PathNames path)
    {
        if ((path.User == caller.Name.Value ? caller.Kind : await kinds.FindAsync(path.User)) is not { } kind)
            await _noSuchUser.ExecuteAsync(context);
        else if (kind == UserKind.Customer)
            await (path.User == caller.Name.Value ? SearchParameters.OfCustomer : _otherCustomer).ExecuteAsync(context);
        else if (!SearchParameters.TryRead(context.Request.Query, path.User, out var search, out var refusal))
            await refusal.ExecuteAsync(context);
        else
            Reply.WriteJson(context.Response, StatusCodes.Status200OK, SearchAnswer.Of(await FindAsync(caller, search, context.RequestAborted)).ToJson());
    }

    private Task<CouponsFound> FindAsync(Caller caller, CouponSearch search, CancellationToken cancellation) =>
        reads.RunAsync(caller.Name.Value, () => grains.GetGrain<IListGrain>(0).Search(search), cancellation);

    private static Reply Sample(string name, CouponItem coupon) => new(StatusCodes.Status200OK, new ListAnswer("", [coupon]), name);

    // The contract's lists have no such field, so it is sent on demand only.
    private static bool AsksForSeller(StringValues values) => values.Count > 0 && values[0] == "seller";

    private static bool TryReadPage(StringValues values, out int page)
    {
        page = 1;
        if (values.Count == 0)
            return true;
        // Only digits after the sign: the parser would take blanks and NULs too. A number beyond 64 bits is no number to the clients of this API.
        if (values[0] is not { Length: > 0 } text || text.AsSpan(text[0] is '-' or '+' ? 1 : 0).ContainsAnyExceptInRange('0', '9')
            || !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        // Past the last page all pages are empty.
        page = (int)Math.Clamp(number, 1, int.MaxValue);
        return true;
    }
}
