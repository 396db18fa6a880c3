using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using SecKill.Gateway.Coupons;
using SecKill.Grains.Interfaces.Feed;

namespace SecKill.Gateway.Operators;

/// <summary>For operators: what one customer has, for the question "where is my coupon".</summary>
internal sealed partial class CustomerApi(IGrainFactory grains, ILogger<CustomerApi> logger)
{
    private static readonly Reply _wrongAfter = Reply.BadRequest("after must be the number that the page before gave as next.");
    private static readonly Reply _noSuchCustomer = Reply.With(StatusCodes.Status404NotFound, "No such customer.");

    private static readonly Reply _sample = new(StatusCodes.Status200OK, CustomerAnswer.Of(new CustomerClaims(
        [new CustomerClaim(CouponId.Known("bob", "breakfast"), 1795701276288_000, null)], [], null)), "customer");

    /// <summary>Maps the route into the operators' group.</summary>
    public static void Map(RouteGroupBuilder admin, IServiceProvider services) =>
        admin.MapGet("customers/{name}", ActivatorUtilities.CreateInstance<CustomerApi>(services).ReadAsync).WithName("readCustomer")
            .Answers(_sample, PathNames.Refusal, _wrongAfter, _noSuchCustomer).Takes(
                RouteParameter.User("name", "The customer's name."),
                new("after", "The `next` of the page before.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" }, 4711));

    /// <summary>What a customer has</summary>
    /// <remarks>
    /// The units that a customer owns, has returned, redeemed and waits for, by the ledger, in the order in which the coupons were created; with the
    /// first page what was won and is not recorded yet (`queued`), and the newest 1,000 coupons that the customer waits for, as far as they are recorded.
    /// </remarks>
    /// <response code="200">What the customer has.</response>
    /// <response code="400">The path or the query cannot be read.</response>
    /// <response code="401">Not the operators' key.</response>
    /// <response code="404">No such customer.</response>
    internal async Task<IResult> ReadAsync(HttpRequest request)
    {
        // "", "api", "admin", "customers", name
        var name = PathNames.Segments(request.HttpContext, least: 5)[4];
        var after = 0L;
        if (request.Query.TryGetValue("after", out var text) && (text is not [{ } number] || !FeedParameters.TryReadNumber(number, out after)))
            return _wrongAfter;
        if (!UserName.TryParse(name, out var customer))
            return _noSuchCustomer;
        LogCustomer(request.HttpContext.Connection.RemoteIpAddress, customer.Key);
        return await grains.GetGrain<IFeedGrain>(0).Customer(customer, after) is { } claims ? TypedResults.Ok(CustomerAnswer.Of(claims)) : _noSuchCustomer;
    }

    [LoggerMessage(EventIds.AdminCustomer, LogLevel.Information, "Operator at {Address}: what customer {Customer} has.")]
    private partial void LogCustomer(IPAddress? address, string customer);
}

/// <summary>The answer about a customer.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">What the customer has.</param>
/// <param name="Next">The parameter `after` of the next page; null at the end.</param>
internal sealed record CustomerAnswer(string ErrMsg, CustomerView Data, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Next)
{
    public static CustomerAnswer Of(CustomerClaims claims)
    {
        var units = claims.Recorded.ToLookup(
            claim => claim.ReturnedAt is not null ? FeedKinds.Returned : claim.RedeemedAt is not null ? FeedKinds.Redeemed : FeedKinds.Claimed, CustomerUnit.Of);
        return new CustomerAnswer(
            "", new CustomerView(
                [.. units[FeedKinds.Claimed]], [.. claims.Queued.Select(CustomerUnit.Of)], [.. units[FeedKinds.Returned]], [.. units[FeedKinds.Redeemed]],
                [.. (claims.Waiting ?? []).Select(CustomerUnit.Of)]), claims.Next);
    }
}

/// <summary>What a customer has.</summary>
/// <param name="Owns">Units owned and not used yet.</param>
/// <param name="Queued">Units owned that the ledger does not have yet.</param>
/// <param name="Returned">Units given back.</param>
/// <param name="Redeemed">Units used.</param>
/// <param name="Waiting">Coupons for which the customer is in line, by the ledger: 1,000 at most, with the first page.</param>
internal sealed record CustomerView(
    IReadOnlyList<CustomerUnit> Owns, IReadOnlyList<CustomerUnit> Queued, IReadOnlyList<CustomerUnit> Returned, IReadOnlyList<CustomerUnit> Redeemed,
    IReadOnlyList<CustomerUnit> Waiting);

/// <summary>A unit of a coupon; times in milliseconds since 1970.</summary>
/// <param name="Seller">The coupon's seller.</param>
/// <param name="Coupon">The coupon's name.</param>
/// <param name="At">When it was won.</param>
/// <param name="ReturnedAt">When it was given back; missing where it was not.</param>
/// <param name="RedeemedAt">When it was used; missing where it was not.</param>
internal sealed record CustomerUnit(string Seller, string Coupon, long At, long? ReturnedAt, long? RedeemedAt)
{
    public static CustomerUnit Of(CustomerClaim claim) =>
        new(claim.Coupon.Seller.Value, claim.Coupon.Name.Value, Millis.Of(claim.At), Millis.Of(claim.ReturnedAt), Millis.Of(claim.RedeemedAt));
}
