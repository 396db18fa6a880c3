namespace SecKill.Gateway.Http;

/// <summary>
/// Answers HEAD on all routes of GET: the request is routed as GET, and Kestrel, which knows the method that was sent, leaves out the body.
/// </summary>
internal static class HeadRequests
{
    private static readonly object _key = new();

    /// <summary>Routes HEAD as GET; before routing.</summary>
    public static void UseHeadAsGet(this WebApplication app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Items[_key] = _key;
        }
        return next(context);
    });

    /// <summary>Whether the client sent HEAD: a stream then ends after the headers.</summary>
    public static bool WantsHeadersOnly(this HttpContext context) => context.Items.ContainsKey(_key);
}
