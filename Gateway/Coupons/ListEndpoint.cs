using System.Globalization;
using Microsoft.Extensions.Primitives;
using SecKill.Gateway.Accounts;
using SecKill.Gateway.Http;
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
        // Digits alone after the sign, for the parser would take blanks and NULs too. A number beyond 64 bits is none to the clients of this API.
        if (values[0] is not { Length: > 0 } text || text.AsSpan(text[0] is '-' or '+' ? 1 : 0).ContainsAnyExceptInRange('0', '9')
            || !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        // Past the last page there is nothing, however far.
        page = (int)Math.Clamp(number, 1, int.MaxValue);
        return true;
    }
}
