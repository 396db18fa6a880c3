using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans.Dashboard;
using SecKill.Gateway.Admin;
using SecKill.Gateway.Http;
using SecKill.ServiceDefaults.Configuration;

namespace SecKill.Gateway.Dashboard;

/// <summary>The Orleans Dashboard, for who has logged in as an operator.</summary>
internal static partial class DashboardRoutes
{
    /// <summary>Where it is, with all that belongs to it.</summary>
    public const string Path = "/dashboard";

    // Its scripts set styles of elements, and draw into images.
    private const string Policy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Maps it, unless no key of the operators is set, or it is turned off.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        if (!IsOn(app.Configuration))
            return;
        OperatorCookie.Prepare(app.Services);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SecKill.Gateway.Dashboard");
        // The log-in is no part of what wants one.
        var all = app.MapGroup("").AddEndpointFilter(GuardPagesAsync);
        all.MapLogIn(logger);
        all.MapGroup("").RequireAuthorization(OperatorCookie.Policy).AddEndpointFilter((context, next) => AnswerAsync(context, next, logger)).MapOrleansDashboard(Path);
    }

    /// <summary>Whether this gateway has it.</summary>
    /// <exception cref="ConfigurationException">A setting cannot be read, also where it would not matter.</exception>
    public static bool IsOn(IConfiguration configuration)
    {
        var settings = configuration.Read<DashboardSettings>(DashboardSettings.Section);
        return configuration.Read<AdminOptions>(AdminOptions.Section).Key.Length > 0 && settings.Enabled;
    }

    private static ValueTask<object?> GuardPagesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not "no-referrer": a form would then not say from which site it comes.
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return next(context);
    }

    private static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, ILogger logger)
    {
        var request = context.HttpContext.Request;
        // Its page comes uncompressed, for the button to be put in.
        if (request.Path.Value is Path + "/" or Path + "/index.html")
            request.Headers.Remove("Accept-Encoding");
        try
        {
            var answer = await next(context);
            return answer is FileContentHttpResult { ContentType: "text/html" } page ? WithLogOut(page) : answer;
        }
        catch (Exception fault) when (fault is not (BadHttpRequestException or OperationCanceledException))
        {
            LogNoAnswer(logger, fault.Message);
            return Faults.Unavailable(context.HttpContext, "No silo answers for the dashboard. Each silo must have Dashboard:Enabled=true, its default.");
        }
    }

    private static IResult WithLogOut(FileContentHttpResult page) => Results.Text(
        Encoding.UTF8.GetString(page.FileContents.Span).Replace("</body>", LogInPage.LogOutButton + "</body>", StringComparison.Ordinal), "text/html; charset=utf-8");

    [LoggerMessage(LogLevel.Warning, "The dashboard cannot be shown. {Reason}")]
    private static partial void LogNoAnswer(ILogger logger, string reason);
}
