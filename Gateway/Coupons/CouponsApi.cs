using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using SecKill.Gateway.Auth;
using SecKill.Gateway.Claims;
using SecKill.Gateway.Http;
using SecKill.Gateway.Users;
using SecKill.Grains.Interfaces;
using SecKill.Grains.Interfaces.Coupons;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Coupons;

/// <summary>Create, list and claim coupons.</summary>
internal static class CouponsApi
{
    /// <summary>The response header that tells a claim's outcome.</summary>
    public const string ResultHeader = "Claim-Result";

    /// <summary>Maps the routes.</summary>
    public static void MapCoupons(this IEndpointRouteBuilder routes)
    {
        var coupons = routes.MapGroup("/api/users/{user}/coupons").RequireAuthorization();
        coupons.MapPost("", CreateAsync).WithSummary("Create a coupon");
        coupons.MapGet("", ListAsync).WithSummary("List coupons");
        coupons.MapPatch("{coupon}", ClaimAsync).WithSummary("Claim a piece of a coupon");
    }

    private static async Task<IResult> CreateAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains)
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
        name ??= "";
        if (NameRules.FindNameFault("Coupon name", name, NameRules.MaxCouponTextLength) is { } nameFault)
            return Reply.BadRequest(nameFault);
        if (NameRules.FindTextFault("Description", description, NameRules.MaxCouponTextLength) is { } textFault)
            return Reply.BadRequest(textFault);
        if (amount is not >= 1)
            return Reply.BadRequest($"amount must be a whole number from 1 to {int.MaxValue}.");
        if (stock is not >= 0)
            return Reply.BadRequest($"stock must be a whole number from 0 to {int.MaxValue}.");

        var coupon = grains.GetGrain<ICouponGrain>(new CouponId(caller.Name, name).Key);
        return await coupon.Create(new CouponTerms(amount.Value, stock.Value, description)) == CreateCouponOutcome.Created
            ? Reply.With(StatusCodes.Status201Created)
            : Reply.BadRequest("Create failed. Maybe (username,coupon name) duplicates");
    }

    private static async Task<IResult> ListAsync(HttpContext context, Caller caller, PathNames path, IGrainFactory grains, KindCache kinds)
    {
        if (!TryReadPage(context.Request.Query["page"], out var page))
            return Reply.BadRequest("Wrong format of page.");
        // One's own kind stands in the token: listing one's own coupons needs no account look-up.
        var kind = path.User == caller.Name ? caller.Kind : await kinds.FindAsync(path.User);
        if (kind is null)
            return Reply.BadRequest("Record not found.");
        if (kind == UserKind.Customer && path.User != caller.Name)
            return Reply.List(StatusCodes.Status401Unauthorized, "Cannot check other customer.", []);

        var coupons = (await grains.GetGrain<IUserGrain>(UserKey.Of(path.User)).ListCoupons(kind.Value, page)).Coupons;
        return coupons.Length == 0
            ? Results.NoContent()
            : Reply.List(StatusCodes.Status200OK, "", Array.ConvertAll(coupons, coupon => new CouponItem(
                coupon.Name, coupon.Terms.Stock, coupon.Terms.Description, kind == UserKind.Seller ? coupon.Terms.Amount : null, coupon.Left)));
    }

    private static async Task<IResult> ClaimAsync(HttpContext context, Caller caller, PathNames path, ClaimLanes lanes)
    {
        if (caller.Kind != UserKind.Customer)
            return Reply.Unauthorized("Sellers aren't allowed to get coupons.");
        var outcome = CanExist(path)
            ? await lanes.ClaimAsync(new CouponId(path.User, path.Coupon), caller.Name)
            : ClaimOutcome.NoSuchCoupon;
        if (outcome == ClaimOutcome.Undecided)
            return Faults.Unavailable(context, "The claim could not be decided. Try again.");
        context.Response.Headers[ResultHeader] = WordOf(outcome);
        return outcome == ClaimOutcome.Claimed ? Reply.With(StatusCodes.Status201Created) : Results.NoContent();
    }

    /// <summary>The header's word for an outcome.</summary>
    internal static string WordOf(ClaimOutcome outcome) => outcome switch
    {
        ClaimOutcome.Claimed => "claimed",
        ClaimOutcome.AlreadyClaimed => "already-claimed",
        ClaimOutcome.SoldOut => "sold-out",
        ClaimOutcome.NoSuchCoupon => "no-such-coupon",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An undecided claim has no result."),
    };

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

    /// <summary>Names that cannot have been created need no grain.</summary>
    private static bool CanExist(PathNames path) =>
        UsersApi.FindUserNameFault(path.User) is null
        && NameRules.FindNameFault("Coupon name", path.Coupon, NameRules.MaxCouponTextLength) is null;

    private static bool TryReadPage(StringValues values, out int page)
    {
        page = 1;
        if (values.Count == 0)
            return true;
        // Whole numbers of any length are numbers; past the last page there is nothing, however far.
        if (values[0] is not { Length: > 0 and <= 1000 } text)
            return false;
        var digits = text.AsSpan(text[0] is '-' or '+' ? 1 : 0);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return false;
        var number = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) * (text[0] == '-' ? -1 : 1);
        page = (int)BigInteger.Clamp(number, 1, int.MaxValue);
        return true;
    }
}
