using Microsoft.AspNetCore.Http.HttpResults;
using Orleans.Dashboard;

namespace SecKill.Gateway.Operators;

/// <summary>The Orleans Dashboard, for operators who have logged in.</summary>
internal static partial class DashboardRoutes
{
    /// <summary>The path of all its pages.</summary>
    public const string Path = "/dashboard";

    // The dashboard's scripts set inline styles and draw images from data URLs.
    private const string Policy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly Reply _unavailable = Reply.Unavailable("No silo answers for the dashboard. Each silo must have Dashboard:Enabled=true, its default.");

    /// <summary>Maps it, if an operators' key is set and it is not turned off.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        if (!IsOn(app.Configuration))
            return;
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SecKill.Gateway.Operators");
        // The log-in page is outside of what requires a log-in.
        var all = app.MapGroup("").AddEndpointFilter(GuardPagesAsync);
        all.MapLogIn(logger);
        all.MapGroup("").RequireAuthorization(OperatorCookie.Policy).AddEndpointFilter((context, next) => AnswerAsync(context, next, logger)).MapOrleansDashboard(Path);
    }

    /// <exception cref="ConfigurationException">A setting cannot be read, even one that would not matter.</exception>
    public static bool IsOn(IConfiguration configuration)
    {
        var settings = configuration.Read<DashboardSettings>();
        return configuration.Read<AdminOptions>().Key.Length > 0 && settings.Enabled;
    }

    private static ValueTask<object?> GuardPagesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        // Not "no-referrer": browsers would then send forms with "Origin: null".
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    }

    private static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, ILogger logger)
    {
        var request = context.HttpContext.Request;
        // Uncompressed, so that the button can be put in.
        if (request.Path.Value is Path + "/" or Path + "/index.html")
            request.Headers.Remove("Accept-Encoding");
        try
        {
            var answer = await next(context);
            return answer is FileContentHttpResult { ContentType: "text/html" } page ? WithLogOut(page) : answer;
        }
        catch (Exception exception) when (exception is not (BadHttpRequestException or OperationCanceledException))
        {
            LogNoAnswer(logger, exception);
            return _unavailable;
        }
    }

    private static IResult WithLogOut(FileContentHttpResult page) => Results.Text(
        Encoding.UTF8.GetString(page.FileContents.Span).Replace("</body>", LogInPage.LogOutButton + "</body>", StringComparison.Ordinal), "text/html; charset=utf-8");

    [LoggerMessage(EventIds.DashboardUnavailable, LogLevel.Warning, "The dashboard cannot be shown")]
    private static partial void LogNoAnswer(ILogger logger, Exception exception);
}
