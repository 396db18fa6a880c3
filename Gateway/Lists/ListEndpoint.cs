using System.Globalization;
using Microsoft.Extensions.Primitives;
using SecKill.Gateway.Auth;
using SecKill.Gateway.Http;
using SecKill.Gateway.Users;
using SecKill.Grains.Interfaces.Lists;
using SecKill.Grains.Interfaces.Users;

namespace SecKill.Gateway.Lists;

/// <summary>Lists coupons.</summary>
internal sealed class ListEndpoint(ListCalls calls, KindCache kinds)
{
    /// <summary>Answers a request with a verified token.</summary>
    public async Task AnswerAsync(HttpContext context, Caller caller, PathNames path)
    {
        if (!TryReadPage(context.Request.Query["page"], out var page))
        {
            await Reply.BadRequest("Wrong format of page.").ExecuteAsync(context);
            return;
        }
        // The token tells the caller's own kind, so the caller's own list needs no look-up of an account.
        var kind = path.User == caller.Name ? caller.Kind : await kinds.FindAsync(path.User);
        if (kind is null)
            await Reply.BadRequest("Record not found.").ExecuteAsync(context);
        else if (kind == UserKind.Customer && path.User != caller.Name)
            await Reply.List(StatusCodes.Status401Unauthorized, "Cannot check other customer.", []).ExecuteAsync(context);
        else if (await calls.ReadAsync(new ListQuery(path.User, kind.Value, page, AsksForSeller(context.Request.Query["with"]))) is { } json)
            RawJson.Write(context.Response, StatusCodes.Status200OK, json);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

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
