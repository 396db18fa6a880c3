namespace SecKill.Gateway.Operators;

/// <summary>Requires the operators' key. It is no token, and a token is not it.</summary>
internal sealed partial class AdminCheck(AdminKey key, ILogger<AdminCheck> logger) : IEndpointFilter
{
    private const string Prefix = "Bearer ";

    public static readonly Reply Refusal = Reply.Unauthorized("This needs the operators' key: Authorization: Bearer, and the setting Admin:Key.");

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (IsKey(context.HttpContext.Request.Headers.Authorization.ToString()))
            return next(context);
        LogRefused(context.HttpContext.Connection.RemoteIpAddress);
        context.HttpContext.Response.Headers.WWWAuthenticate = Prefix.TrimEnd();
        return ValueTask.FromResult<object?>(Refusal);
    }

    private bool IsKey(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        // Kestrel reads headers as Latin-1, so these are the bytes that were sent.
        && key.Is(Encoding.Latin1.GetBytes(header[Prefix.Length..].Trim(' ')));

    [LoggerMessage(EventIds.AdminKeyRefused, LogLevel.Warning, "{Address} sent an admin request without the operators' key")]
    private partial void LogRefused(IPAddress? address);
}
