using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Primitives;
using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.Users;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Coupons;

/// <summary>List coupons.</summary>
internal sealed class ListEndpoint(ListReadings readings, KindCache kinds)
{
    /// <summary>Answers a request whose token is good.</summary>
    public async Task AnswerAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (!TryReadPage(context.Request.Query["page"], out var page))
        {
            await Reply.BadRequest("Wrong format of page.").ExecuteAsync(context);
            return;
        }
        // One's own kind stands in the token: listing one's own coupons needs no account look-up.
        var kind = path.User == caller.Name ? caller.Kind : await kinds.FindAsync(path.User);
        if (kind is null)
            await Reply.BadRequest("Record not found.").ExecuteAsync(context);
        else if (kind == UserKind.Customer && path.User != caller.Name)
            await Reply.List(StatusCodes.Status401Unauthorized, "Cannot check other customer.", []).ExecuteAsync(context);
        else if (await readings.ReadAsync(new ListQuery(path.User, kind.Value, page, AsksForSeller(context.Request.Query["with"]))) is { } json)
            RawJson.Write(context.Response, StatusCodes.Status200OK, json);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // The contract's lists have no such field, and its clients are never sent it unasked.
    private static bool AsksForSeller(StringValues values) => values.Count > 0 && values[0] == "seller";

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
