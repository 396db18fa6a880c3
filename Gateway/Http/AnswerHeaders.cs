namespace SecKill.Gateway.Http;

/// <summary>Default headers of all answers: not cached, and no sniffing of the content type.</summary>
internal static class AnswerHeaders
{
    /// <summary>Sets the headers, on refusals too. First in the pipeline.</summary>
    public static void UseAnswerHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        return next(context);
    });
}
