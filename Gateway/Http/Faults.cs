using System.Globalization;
using Microsoft.AspNetCore.Connections;
using SecKill.Grains.Interfaces;

namespace SecKill.Gateway.Http;

/// <summary>Makes every answer that is not an endpoint's own carry <c>errMsg</c>, and names the outcome truthfully.</summary>
internal static partial class Faults
{
    /// <summary>After how many seconds a client should try again.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>Answers exceptions; first in the pipeline.</summary>
    public static void UseFaultAnswers(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SecKill.Gateway.Faults");
        app.Use((context, next) => AnswerFaultsAsync(context, next, logger));
    }

    /// <summary>Answers what no endpoint takes.</summary>
    public static void UseRefusalAnswers(this WebApplication app) =>
        app.UseStatusCodePages(pages => Reply.With(pages.HttpContext.Response.StatusCode, pages.HttpContext.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "No such route.",
            StatusCodes.Status405MethodNotAllowed => "Method not allowed.",
            _ => "The request was refused.",
        }).ExecuteAsync(pages.HttpContext));

    /// <summary>503 with Retry-After: what was asked may or may not have happened, and may be asked again.</summary>
    public static IResult Unavailable(HttpContext context, string errMsg)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return Reply.With(StatusCodes.Status503ServiceUnavailable, errMsg);
    }

    private static async Task AnswerFaultsAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            await AnswerTo(fault, context, logger).ExecuteAsync(context);
        }
    }

    private static IResult AnswerTo(Exception fault, HttpContext context, ILogger logger)
    {
        switch (fault)
        {
            case BadHttpRequestException bad:
                return Reply.With(bad.StatusCode, bad.Message);
            // The client is gone: nobody to answer, and nothing that went wrong here.
            case ConnectionResetException:
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                return Results.Empty;
            case UnavailableException or TimeoutException or OrleansException:
                LogUnavailable(logger, context.Request.Method, fault.Message);
                return Unavailable(context, HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                    ? "Try again. It could not be read."
                    : "Try again. Whether the request took effect is not known.");
            default:
                LogFault(logger, context.Request.Method, fault);
                return Reply.With(StatusCodes.Status500InternalServerError, "Internal error.");
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Method} answered 503: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string method, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} failed.")]
    private static partial void LogFault(ILogger logger, string method, Exception fault);
}
