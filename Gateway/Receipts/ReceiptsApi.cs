using SecKill.Gateway.Coupons;
using SecKill.Grains.Interfaces.Redemptions;

namespace SecKill.Gateway.Receipts;

/// <summary>Read the receipt of a unit, and the keys by which a till verifies it. See docs/guide/till.md.</summary>
internal static class ReceiptsApi
{
    /// <summary>The response header with the reason of a 409.</summary>
    public const string ResultHeader = "Receipt-Result";

    /// <summary>Where the keys are published.</summary>
    public const string KeysPath = "/.well-known/jwks.json";

    // Some five seconds in all.
    private const int Attempts = 9;

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    private const string CachedForMinutes = "public, max-age=300";

    private static readonly Reply _notCustomer = Reply.With(StatusCodes.Status403Forbidden, "Only the owner may read the receipt.");
    private static readonly Reply _notOwned = Reply.With(StatusCodes.Status404NotFound, "You own no unit of this coupon.");
    private static readonly Reply _returned = Reply.With(StatusCodes.Status409Conflict, "The unit was given back.").WithHeader(ResultHeader, "returned");

    /// <summary>Adds what the routes need.</summary>
    public static void AddReceipts(this IServiceCollection services) => services.AddSingleton<ReceiptKeys>().AddSingleton<ReceiptTokens>();

    /// <summary>Maps the routes.</summary>
    public static void MapReceipts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/users/{user}/coupons/{coupon}/claims/{me}/receipt", ReadAsync).RequireAuthorization().WithTags(ApiOverview.Tills).WithName("readReceipt")
            .Answers(ReceiptAnswer.Sample, _notCustomer, SaleApi.NoSuchCoupon, _notOwned, _returned)
            .Takes(RouteParameter.User("me", "The customer's own name."));
        routes.MapGet(KeysPath, ReadKeys).WithTags(ApiOverview.Tills).WithName("readReceiptKeys").Answers(KeysSample);
    }

    private static Reply KeysSample { get; } = new(StatusCodes.Status200OK, new ReceiptKeySet([new ReceiptKey(
        "EC", "P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "sig", "ES256")]), "keys");

    /// <summary>Read the receipt of one's unit</summary>
    /// <remarks>
    /// The owner only. `code` is what a till redeems: 20 characters without I, L, O and U, the last of which finds mistakes in typing. It is made up when it is
    /// first asked for, and stays the same. `token` is the receipt as a JWS (RFC 7515), signed with ES256 by a key of `/.well-known/jwks.json`, for
    /// tills that are offline; missing where the gateway has no key. A claim that was just won is recorded first.
    /// </remarks>
    /// <response code="200">The receipt.</response>
    /// <response code="403">Not the owner.</response>
    /// <response code="404">No such coupon, or no unit of it.</response>
    /// <response code="409">The unit was given back.</response>
    internal static async Task<IResult> ReadAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, LedgerReads reads, ReceiptTokens tokens)
    {
        // "", "api", "users", user, "coupons", coupon, "claims", me, "receipt"
        if (caller.Kind != UserKind.Customer || PathNames.Segments(context, least: 9)[7] != caller.Name.Value)
            return _notCustomer;
        if (!CouponId.TryParse(path.User, path.Coupon, out var coupon))
            return SaleApi.NoSuchCoupon;
        var cancellation = context.RequestAborted;
        var receipt = await WrittenAsync(
            () => reads.RunAsync(caller.Name.Value, () => grains.GetGrain<ICouponGrain>(coupon.Key).Receipt(caller.Name), cancellation), cancellation);
        return receipt.Status switch
        {
            ReceiptStatus.Given => TypedResults.Ok(ReceiptAnswer.Of(coupon, receipt, tokens.Sign(coupon, caller.Name, receipt))),
            ReceiptStatus.NoSuchCoupon => SaleApi.NoSuchCoupon,
            ReceiptStatus.NotOwned => _notOwned,
            _ => _returned,
        };
    }

    /// <summary>Asks until a claim that was just won is in the ledger. It waits without a turn to read: others have theirs meanwhile.</summary>
    /// <exception cref="UnavailableException">It takes too long.</exception>
    private static async Task<ReceiptReply> WrittenAsync(Func<Task<ReceiptReply>> ask, CancellationToken cancellation)
    {
        var pause = _firstPause;
        for (var attempt = 1; ; attempt++)
        {
            var receipt = await ask();
            if (receipt.Status != ReceiptStatus.NotYet)
                return receipt;
            if (attempt == Attempts)
                throw new UnavailableException("The claim is not in the ledger yet.");
            await Task.Delay(pause, cancellation);
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, _longestPause.Ticks));
        }
    }

    /// <summary>Read the keys of receipts</summary>
    /// <remarks>
    /// Without a token, for tills: a JSON Web Key Set (RFC 7517). A receipt names its key by `kid`, which is the key's thumbprint (RFC 7638). Keys that
    /// sign no more are published as long as their receipts are to be verified. To be kept for five minutes, and read again for an unknown `kid`.
    /// </remarks>
    /// <response code="200">The keys; none where receipts are not signed.</response>
    internal static IResult ReadKeys(HttpResponse response, ReceiptKeys keys)
    {
        response.Headers.CacheControl = CachedForMinutes;
        return TypedResults.Ok(new ReceiptKeySet(keys.Published));
    }
}

/// <summary>The answer with a receipt.</summary>
/// <param name="ErrMsg">Empty on success.</param>
/// <param name="Data">The receipt.</param>
internal sealed record ReceiptAnswer(string ErrMsg, ReceiptView Data)
{
    public static Reply Sample { get; } = new(StatusCodes.Status200OK, new ReceiptAnswer("", new ReceiptView(
        "7Z0K4G9C2MXQ5B8W3TV5", "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dkdVIiwidHlwIjoic2Vja2lsbC1yZWNlaXB0K2p3dCJ9.eyJqdGkiOiI3WjBLIn0.c2ln", "bob", "breakfast", 5,
        1_795_701_276_288, 1_798_761_600_000, null)), "receipt");

    public static ReceiptAnswer Of(CouponId coupon, ReceiptReply receipt, string? token) => new("", new ReceiptView(
        receipt.Code!, token, coupon.Seller.Value, coupon.Name.Value, receipt.FaceValue, Millis.Of(receipt.ClaimedAt), Millis.Of(receipt.RedeemUntil),
        Millis.Of(receipt.RedeemedAt)));
}

/// <summary>A receipt; times in milliseconds since 1970.</summary>
/// <param name="Code">What a till redeems.</param>
/// <param name="Token">The same, signed; missing where the gateway has no key.</param>
/// <param name="Seller">The coupon's seller.</param>
/// <param name="Coupon">The coupon's name.</param>
/// <param name="Stock">The face value.</param>
/// <param name="ClaimedAt">When the unit was won.</param>
/// <param name="RedeemUntil">Until when tills take it; missing for no end.</param>
/// <param name="RedeemedAt">When it was used; missing while it is not.</param>
internal sealed record ReceiptView(string Code, string? Token, string Seller, string Coupon, int Stock, long ClaimedAt, long? RedeemUntil, long? RedeemedAt);
