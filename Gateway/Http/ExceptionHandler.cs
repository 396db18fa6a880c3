using Microsoft.AspNetCore.Connections;

namespace SecKill.Gateway.Http;

/// <summary>
/// Answers exceptions, and requests that no endpoint takes, with <c>errMsg</c>. Not the framework's exception handler: that one clears the
/// headers which every answer carries, and sets caching headers of its own.
/// </summary>
internal static partial class ExceptionHandler
{
    public static readonly Reply Internal = Reply.With(StatusCodes.Status500InternalServerError, "Internal error.");

    private static readonly Reply _notRead = Reply.Unavailable("Try again. It could not be read.");
    private static readonly Reply _notKnown = Reply.Unavailable("Try again. Whether the request took effect is not known.");
    private static readonly Reply _noRoute = Reply.With(StatusCodes.Status404NotFound, "No such route.");
    private static readonly Reply _noMethod = Reply.With(StatusCodes.Status405MethodNotAllowed, "Method not allowed.");

    /// <summary>The 503 for a method whose grain call was lost, timed out or was refused.</summary>
    public static Reply Unavailable(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? _notRead : _notKnown;

    /// <summary>Answers exceptions; in front of all that may throw.</summary>
    public static void UseExceptionAnswers(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ExceptionHandler));
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (Exception exception) when (!context.Response.HasStarted)
            {
                if (AnswerTo(exception, context, logger) is { } reply)
                    await reply.ExecuteAsync(context);
            }
        });
    }

    /// <summary>Answers what no endpoint takes.</summary>
    public static void UseRefusalAnswers(this WebApplication app) =>
        app.UseStatusCodePages(pages => (pages.HttpContext.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => _noRoute,
            StatusCodes.Status405MethodNotAllowed => _noMethod,
            var status => Reply.With(status, "The request was refused."),
        }).ExecuteAsync(pages.HttpContext));

    /// <returns>Null where the client is gone.</returns>
    private static Reply? AnswerTo(Exception exception, HttpContext context, ILogger logger)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return Reply.With(bad.StatusCode, bad.Message);
            case ConnectionResetException:
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                return null;
            case UnavailableException or TimeoutException or OrleansException:
                LogUnavailable(logger, exception, context.Request.Method);
                return Unavailable(context.Request.Method);
            default:
                LogFailed(logger, exception, context.Request.Method);
                return Internal;
        }
    }

    [LoggerMessage(EventIds.RequestUnavailable, LogLevel.Warning, "{Method} answered 503")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventIds.RequestFailed, LogLevel.Error, "{Method} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method);
}
