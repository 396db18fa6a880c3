using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace SecKill.Gateway.Operators;

/// <summary>The page where an operator logs in to the dashboard with the key, and the log-out.</summary>
internal static partial class LogInPage
{
    /// <summary>The page.</summary>
    public const string Path = DashboardRoutes.Path + "/login";

    private const string LogOutPath = DashboardRoutes.Path + "/logout";
    private const string KeyField = "key";
    private const int MaxKeyLength = 1024;

    // A key of that length with every byte percent-encoded, and some room.
    private const int MaxFormBytes = 4 * 1024;

    private static readonly Reply _noHost = Reply.BadRequest("The header Host names no host.");
    private static readonly Reply _otherSite = Reply.With(StatusCodes.Status403Forbidden, "This form was sent by another site.");

    public static void MapLogIn(this IEndpointRouteBuilder routes, ILogger logger)
    {
        routes.MapGet(Path, () => Page(StatusCodes.Status200OK, ""));
        // Each attempt counts as a log-in of this client address.
        routes.MapPost(Path, (HttpContext context, AdminKey key) => LogInAsync(context, key, logger)).WithAccountLimit();
        routes.MapPost(LogOutPath, (Delegate)LogOutAsync);
    }

    private static async Task<IResult> LogInAsync(HttpContext context, AdminKey key, ILogger logger)
    {
        if (Refusal(context.Request) is { } refusal)
            return refusal;
        var (status, given) = await ReadKeyAsync(context.Request);
        if (given is null)
            return Page(status, "Type the key and try again.");
        if (!key.Is(Encoding.UTF8.GetBytes(given)))
        {
            LogRefused(logger, context.Connection.RemoteIpAddress);
            return Page(StatusCodes.Status401Unauthorized, "This is not the key.");
        }
        LogLoggedIn(logger, context.Connection.RemoteIpAddress);
        await OperatorCookie.SignInAsync(context);
        return SeeOther(context, DashboardRoutes.Path + "/");
    }

    private static async Task<IResult> LogOutAsync(HttpContext context)
    {
        if (Refusal(context.Request) is { } refusal)
            return refusal;
        await OperatorCookie.SignOutAsync(context);
        return SeeOther(context, Path);
    }

    /// <summary>
    /// The refusal of a form, or null if it is taken. Browsers send the site of a form in Origin; a client without Origin is no browser that
    /// another site could use.
    /// </summary>
    private static Reply? Refusal(HttpRequest request)
    {
        // Kestrel lets some pass that are no host, such as an empty one.
        if (!Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var here) || here.Host.Length == 0)
            return _noHost;
        return request.Headers.Origin is [] || (request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var site)
                && Uri.TryCreate($"{site.Scheme}://{request.Host}", UriKind.Absolute, out here)
                && string.Equals(site.Authority, here.Authority, StringComparison.OrdinalIgnoreCase))
            ? null
            : _otherSite;
    }

    /// <summary>Reads the form without the framework, which would take other media types and buffer files on disk.</summary>
    /// <returns>The key, or null and the status of the refusal.</returns>
    private static async Task<(int Status, string? Key)> ReadKeyAsync(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return (StatusCodes.Status415UnsupportedMediaType, null);
        if (!IsUtf8(type))
            return (StatusCodes.Status400BadRequest, null);
        var body = new byte[MaxFormBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (length > MaxFormBytes)
            return (StatusCodes.Status413PayloadTooLarge, null);
        try
        {
            using var form = new FormReader(Encoding.UTF8.GetString(body, 0, length));
            var key = (await form.ReadFormAsync(request.HttpContext.RequestAborted)).GetValueOrDefault(KeyField);
            return (StatusCodes.Status400BadRequest, key is [{ Length: > 0 and <= MaxKeyLength } given] ? given.Trim() : null);
        }
        catch (InvalidDataException)
        {
            return (StatusCodes.Status400BadRequest, null);
        }
    }

    /// <summary>Browsers send no other charset for our page.</summary>
    private static bool IsUtf8(MediaTypeHeaderValue type) =>
        type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends the browser to a page, so that a reload does not send the form again.</summary>
    private static IResult SeeOther(HttpContext context, string path)
    {
        context.Response.Headers.Location = path;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static IResult Page(int status, string message) => Results.Text(
        $$"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>SecKill: operators</title>
          <style>
            body { font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; margin: 15vh auto; max-width: 22rem; padding: 0 1rem }
            input, button { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem; margin: .25rem 0 1rem }
            [role=alert] { color: #c0392b; min-height: 1.5em; margin: 0 }
          </style>
        </head>
        <body>
          <main>
            <h1>Orleans Dashboard</h1>
            <form method="post" action="{{Path}}">
              <label for="key">The operators' key <small>(setting Admin:Key)</small></label>
              <input id="key" name="{{KeyField}}" type="password" autocomplete="current-password" required autofocus>
              <button>Log in</button>
              <p role="alert">{{WebUtility.HtmlEncode(message)}}</p>
            </form>
          </main>
        </body>
        </html>
        """, "text/html; charset=utf-8", statusCode: status);

    /// <summary>Put into the pages of the dashboard, which has no log-out of its own.</summary>
    public const string LogOutButton = $"""
        <form method="post" action="{LogOutPath}" style="position:fixed;right:12px;bottom:12px;z-index:9999"><button style="padding:6px 14px">Log out</button></form>
        """;

    [LoggerMessage(EventIds.DashboardLogIn, LogLevel.Information, "Operator at {Address}: logged in to the dashboard.")]
    private static partial void LogLoggedIn(ILogger logger, IPAddress? address);

    [LoggerMessage(EventIds.DashboardKeyRefused, LogLevel.Warning, "{Address} tried to log in to the dashboard with another key.")]
    private static partial void LogRefused(ILogger logger, IPAddress? address);
}
