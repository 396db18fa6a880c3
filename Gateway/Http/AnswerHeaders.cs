namespace SecKill.Gateway.Http;

/// <summary>What each answer says of itself, unless it says otherwise: that it is not to be kept, and is of the type that it names.</summary>
internal static class AnswerHeaders
{
    /// <summary>Puts the headers on answers and refusals alike. First in the pipeline.</summary>
    public static void UseAnswerHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        return next(context);
    });
}
