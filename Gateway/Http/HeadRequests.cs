namespace SecKill.Gateway.Http;

/// <summary>
/// Answers HEAD wherever there is GET. It is routed as GET; the server, which knows what was sent, leaves out the body.
/// </summary>
internal static class HeadRequests
{
    private static readonly object _key = new();

    /// <summary>Has such requests routed as GET; before routing.</summary>
    public static void UseHeadAsGet(this WebApplication app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Items[_key] = _key;
        }
        return next(context);
    });

    /// <summary>Whether the client wants the headers alone, so that an answer without end ends with them.</summary>
    public static bool WantsHeadersOnly(this HttpContext context) => context.Items.ContainsKey(_key);
}
